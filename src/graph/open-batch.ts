/**
 * Models for any number of images. Shapes are numbers in the graph language, so a network is built for one batch size
 * that occurs nowhere else; where that number stands in a model, a name stands instead, and reshapes work it out.
 */
import { GlasshouseError } from '../errors.ts'
import type { Node, Value } from './graph.ts'
import type { ModelRequest } from './onnx/encode.ts'
import { type Rewrite, rewriteGraph } from './rewrite.ts'
import { integerAttribute } from './rule.ts'
import { int64 } from './tensor.ts'

/** A prime that no network has as a size. Nothing is computed at this size. */
export const openBatch = 1_000_003

/** A model that was built for `openBatch` images, ready to be written for any number. */
export function withOpenBatch(request: ModelRequest): ModelRequest {
  const constantOf = (value?: Value) =>
    value && (value.graph.constantOf(value) ?? request.parameters?.get(value.name))
  const reshape: Rewrite = (node, [x]) => {
    const shape = Array.from(constantOf(node.inputs[1])?.data ?? [], Number)
    if (!shape.includes(openBatch)) return undefined
    if (shape.includes(-1) || shape.filter(extent => extent === openBatch).length > 1) throw stuck(node)
    const open = shape.map(extent => (extent === openBatch ? -1 : extent))
    return x!.graph.node('Reshape', [x, x!.graph.constant(int64([open.length], open))], node.outputs, {
      attributes: { allowzero: integerAttribute(node, 'allowzero', 0) },
    })
  }
  for (const node of request.graph.nodes)
    if (node.op !== 'Reshape' && dependsOnBatch(node, constantOf)) throw stuck(node)
  return { ...rewriteGraph(request, { Reshape: reshape }), openExtent: { extent: openBatch, name: 'batch' } }
}

/** Whether the number stands among a node's operands or attributes. */
function dependsOnBatch(
  node: Node,
  constantOf: (value?: Value) => { data: ArrayLike<unknown> } | undefined,
): boolean {
  const isBatch = (value: unknown) => Number(value) === openBatch
  const operands = node.inputs.flatMap(input => {
    const content = constantOf(input)
    return content && content.data.length <= 16 ? Array.from(content.data) : []
  })
  return [...operands, ...Object.values(node.attributes).flat()].some(isBatch)
}

const stuck = ({ op, name }: Node): GlasshouseError =>
  new GlasshouseError({
    code: 'batch-fixed',
    what: `the network cannot be written for any number of images: ${op} needs to know it`,
    where: name,
    hint: 'Name a number with --batch',
  })
