/**
 * Models for any number of images. Shapes are numbers in the graph language, so a network is built for one batch size
 * that occurs nowhere else; where that number or a multiple of it stands in a model, a name stands instead, reshapes
 * work it out, and what is expanded to it asks the input.
 */
import { GlasshouseError } from '../../base/errors.ts'
import type { Computation } from '../computation.ts'
import type { Graph, Node, Value } from '../graph.ts'
import { concat } from '../ops/layout.ts'
import { integerAttribute } from '../ops/rule.ts'
import { int64 } from '../tensor.ts'
import { type Rewrite, rewriteGraph } from './rewrite.ts'

/** A prime that no network has as a size. Nothing is computed at this size. */
export const openBatch = 1_000_003

const isOpen = (value: unknown): boolean => Number(value) !== 0 && Number(value) % openBatch === 0

/** A model that was built for `openBatch` images, ready to be written for any number. */
export function withOpenBatch(request: Computation): Computation {
  const constantOf = (value?: Value) =>
    value && (value.graph.constantOf(value) ?? request.parameters?.get(value.name))
  const listOf = (node: Node) => Array.from(constantOf(node.inputs[1])?.data ?? [], Number)
  const reshape: Rewrite = (node, [x]) => {
    const shape = listOf(node)
    if (!shape.some(isOpen)) return undefined
    if (shape.includes(-1) || shape.filter(isOpen).length > 1) throw stuck(node)
    const open = shape.map(extent => (isOpen(extent) ? -1 : extent))
    return x!.graph.node('Reshape', [x, x!.graph.constant(int64([open.length], open))], node.outputs, {
      attributes: { allowzero: integerAttribute(node, 'allowzero', 0) },
    })
  }
  const expand: Rewrite = (node, [x]) => {
    const shape = listOf(node)
    return shape.some(isOpen)
      ? x!.graph.node('Expand', [x, openList(x!.graph, shape, node)], node.outputs)
      : undefined
  }
  const rewrites = { Reshape: reshape, Expand: expand }
  for (const node of request.graph.nodes)
    if (!(node.op in rewrites) && dependsOnBatch(node, constantOf)) throw stuck(node)
  return { ...rewriteGraph(request, rewrites), openExtent: { extent: openBatch, name: 'batch' } }
}

/** A list in which the number of images is asked of the input. */
function openList(graph: Graph, values: readonly number[], node: Node): Value {
  const images = [...graph.inputs.values()].find(({ shape }) => shape[0] === openBatch)
  if (!images || values.some(value => isOpen(value) && value !== openBatch)) throw stuck(node)
  const [count] = graph.node('Shape', [images], [{ shape: [1], dtype: 'int64' }], {
    attributes: { start: 0, end: 1 },
  })
  return concat(
    values.map(value => (isOpen(value) ? count : graph.constant(int64([1], [value])))),
    0,
  )
}

/** Whether the number stands among a node's operands or attributes. */
function dependsOnBatch(
  node: Node,
  constantOf: (value?: Value) => { dtype: string; data: ArrayLike<unknown> } | undefined,
): boolean {
  const operands = node.inputs.flatMap(input => {
    const content = constantOf(input)
    return content?.dtype.startsWith('int') && content.data.length <= 16 ? Array.from(content.data) : []
  })
  return [...operands, ...Object.values(node.attributes).flat()].some(isOpen)
}

const stuck = ({ op, name }: Node): GlasshouseError =>
  new GlasshouseError({
    code: 'batch-fixed',
    what: `the network cannot be written for any number of images: ${op} needs to know it`,
    where: name,
    hint: 'Name a number with --batch',
  })
