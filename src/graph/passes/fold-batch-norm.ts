/**
 * Folding: a batch normalisation by fixed statistics, after a convolution or a fully connected layer, is a factor and
 * a summand per channel, and both go into the weights before it:
 *
 *   scale (w x + b - mean) / sqrt(variance + epsilon) + bias  =  (f w) x + (f (b - mean) + bias),
 *   f = scale / sqrt(variance + epsilon)
 */
import { type Computation, neededNodes } from '../computation.ts'
import { type Node, operands, type Value } from '../graph.ts'
import { floatAttribute, integerAttribute } from '../ops/rule.ts'
import { float32, floats, sizeOf, type Tensor } from '../tensor.ts'
import { rewriteGraph } from './rewrite.ts'

/** The same model without the normalisations that can be folded; those whose statistics are not fixed stay. */
export function foldBatchNorm<Name extends string>(request: Computation<Name>): Computation<Name> {
  const { graph, outputs, parameters: given = new Map<string, Tensor>() } = request
  const { nodes } = neededNodes(graph, Object.values<Value>(outputs))
  const contentOf = (value?: Value): Float32Array | undefined => {
    const content = value && given.get(value.name)
    return content?.dtype === 'float32' ? floats(content) : undefined
  }
  const uses = new Map<Value, number>(Object.values<Value>(outputs).map(value => [value, 1]))
  for (const value of nodes.flatMap(node => node.inputs))
    if (value) uses.set(value, (uses.get(value) ?? 0) + 1)

  /** The layer before a normalisation, if nothing else sees its output and all that is needed is known. */
  const foldableLayer = (norm: Node): Node | undefined => {
    const layer = norm.inputs[0]?.producer
    if (!layer || uses.get(layer.outputs[0]) !== 1 || !channelsFirst(layer)) return undefined
    if (integerAttribute(norm, 'training_mode', 0) === 1 || norm.outputs.length > 1) return undefined
    const own = layer.inputs.slice(1).filter(value => value !== undefined)
    const known = [...own, ...norm.inputs.slice(1)].every(contentOf)
    return known && own.every(value => uses.get(value) === 1) ? layer : undefined
  }
  const normAfter = new Map<Node, Node>()
  for (const node of nodes) {
    const layer = node.op === 'BatchNormalization' ? foldableLayer(node) : undefined
    if (layer) normAfter.set(layer, node)
  }
  const folded = new Set(normAfter.values())

  const parameters = new Map(given)
  const foldInto = (layer: Node, inputs: readonly (Value | undefined)[]): readonly Value[] | undefined => {
    const norm = normAfter.get(layer)
    if (!norm) return undefined
    const [, { name, shape }] = operands(layer, 2)
    const oldBias = layer.inputs[2]
    const [x, weight, bias] = inputs
    const { factor, summand } = affineOf(norm, contentOf, contentOf(oldBias))
    const row = sizeOf(shape.slice(1))
    parameters.set(
      name,
      float32(
        shape,
        contentOf(layer.inputs[1])!.map((w, i) => w * factor[Math.floor(i / row)]),
      ),
    )
    const biasName = oldBias?.name ?? `${name.replace(/\.weight(_rgb)?$/, '')}.bias`
    parameters.set(biasName, float32([summand.length], summand))
    const newBias = bias ?? x!.graph.parameter(biasName, [summand.length])
    return x!.graph.node(layer.op, [x, weight, newBias], layer.outputs, { attributes: layer.attributes })
  }
  const rewritten = rewriteGraph(request, {
    Conv: foldInto,
    Gemm: foldInto,
    BatchNormalization: (node, inputs) => (folded.has(node) ? [inputs[0]!] : undefined),
  })
  return { ...rewritten, parameters }
}

/** Layers whose weight has one row, along its first axis, for each channel of the output. */
function channelsFirst(layer: Node): boolean {
  if (layer.op === 'Conv') return true
  if (layer.op !== 'Gemm' || integerAttribute(layer, 'transB', 0) !== 1) return false
  const plain = floatAttribute(layer, 'alpha', 1) === 1 && floatAttribute(layer, 'beta', 1) === 1
  const [, weight, bias] = layer.inputs
  return plain && (!bias || String(bias.shape) === String(weight!.shape.slice(0, 1)))
}

function affineOf(
  norm: Node,
  contentOf: (value?: Value) => Float32Array | undefined,
  before?: Float32Array,
): { factor: Float64Array; summand: Float32Array } {
  const [scale, bias, mean, variance] = norm.inputs.slice(1).map(value => contentOf(value)!)
  const epsilon = floatAttribute(norm, 'epsilon', 1e-5)
  const factor = Float64Array.from(scale, (value, i) => value / Math.sqrt(variance[i] + epsilon))
  const summand = Float32Array.from(bias, (value, i) => factor[i] * ((before?.[i] ?? 0) - mean[i]) + value)
  return { factor, summand }
}
