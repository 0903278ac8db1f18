/**
 * A network that someone else made, as an ONNX model: its graph is laid anew for every batch and picture size, and every
 * value keeps the name it has in the file.
 *
 * What the lenses ask of a network is found in the graph: the last feature maps are what the last pooling over all
 * places takes; the pooled features are what the last linear layer takes.
 */
import { Graph, type Value } from '../graph/graph.ts'
import type { OnnxModel } from '../graph/onnx/decode.ts'
import { neededNodes } from '../graph/onnx/encode.ts'
import { layModel, weightsOf } from '../graph/onnx/import.ts'
import { reshape, transpose } from '../graph/ops/layout.ts'
import { integerAttribute } from '../graph/rule.ts'
import { type Shape, sizeOf } from '../graph/tensor.ts'
import type { ParameterSpec } from './building.ts'
import type { BuiltNetwork, LinearHead } from './network.ts'

export interface ForeignNetwork {
  readonly model: OnnxModel
  /** the value that takes pictures */
  readonly input: string
  /** whether that is (n, h, w, 3) */
  readonly channelsLast: boolean
  /** the value that gives logits or embeddings */
  readonly output: string
  /** the number of pictures that the file fixes */
  readonly batch?: number
  /** shapes of inner values that a run has seen, for pictures (n, 3, h, w) */
  readonly seen?: (name: string, pictures: Shape) => Shape | undefined
}

/** The foreign network for pictures (n, 3, h, w); its output becomes the layer `outputName`. */
export function buildForeign(foreign: ForeignNetwork, pictures: Shape, outputName: string): BuiltNetwork {
  const { model, input, channelsLast, batch, seen } = foreign
  const graph = new Graph()
  const images = graph.input('images', pictures)
  const fed = channelsLast ? transpose(images, [0, 2, 3, 1]) : images
  const values = layModel(graph, model, new Map([[input, fed]]), {
    shapes: seen && (name => seen(name, pictures)),
    fixedBatch: batch !== undefined && batch !== pictures[0] ? { from: batch, to: pictures[0] } : undefined,
  })
  for (const [name, value] of values)
    if (value.producer && value.dtype === 'float32') graph.layers.set(name, value)
  const given = withoutSoftmax(values.get(foreign.output)!)
  const output = graph.layer(outputName, reshape(given, [pictures[0], -1]))
  const anatomy = anatomyOf(graph, output)
  return { graph, images, output, ...anatomy, parameters: specsOf(foreign), running: new Map() }
}

/** Probabilities are made of logits, and those tell more. */
const withoutSoftmax = (value: Value): Value =>
  value.producer?.op === 'Softmax' ? value.producer.inputs[0]! : value

const specsOf = ({ model }: ForeignNetwork): ReadonlyMap<string, ParameterSpec> =>
  new Map(
    [...weightsOf(model)].map(([name, { shape }]) => [name, { shape, initial: 'zeros', trained: true }]),
  )

function anatomyOf(graph: Graph, output: Value) {
  const { nodes } = neededNodes(graph, [output])
  const isWeight = (value?: Value) => value !== undefined && graph.parameters.get(value.name) === value
  const last = nodes.findLast(({ op, inputs }) => (op === 'Gemm' || op === 'MatMul') && isWeight(inputs[1]))
  const linear = last && inputRank(last.inputs[0]) === 2 ? last : undefined
  const pooled = linear?.inputs[0] ?? output
  const pooling = nodes.findLast(
    ({ inputs: [x], outputs: [y] }) => x && hasPlaces(x) && !hasPlaces(y) && y.shape[0] === x.shape[0],
  )
  const features = pooling?.inputs[0] ?? pooled
  const head =
    linear && linear.outputs[0] === behindReshapes(output) && isMeanOf(pooled, features)
      ? linearHead(linear)
      : undefined
  return { features, pooled, head }
}

const inputRank = (value?: Value): number => value?.shape.length ?? 0

/** (n, c, h, w) with more than one place. */
const hasPlaces = ({ shape }: Value): boolean => shape.length === 4 && sizeOf(shape.slice(2)) > 1

const reshapes = new Set(['Reshape', 'Identity', 'Dropout'])

function behindReshapes(value: Value): Value {
  const { producer } = value
  return producer && reshapes.has(producer.op) ? behindReshapes(producer.inputs[0]!) : value
}

/** Whether the pooled features are the plain means of the maps over places. */
function isMeanOf(pooled: Value, features: Value): boolean {
  const { producer, shape } = behindReshapes(pooled)
  if (producer?.inputs[0] !== features || sizeOf(shape) !== features.shape[0] * features.shape[1])
    return false
  return ['GlobalAveragePool', 'AveragePool', 'ReduceMean'].includes(producer.op)
}

function linearHead(node: NonNullable<Value['producer']>): LinearHead | undefined {
  const [, weight, bias] = node.inputs
  const plain = node.op === 'Gemm' && integerAttribute(node, 'transB', 0) === 1
  return plain ? { weight: weight!.name, bias: bias?.name } : undefined
}
