/**
 * A network that someone else made, as an ONNX model: its graph is rebuilt for every batch and image size, and every
 * value keeps the name it has in the file.
 *
 * What the lenses ask of a network is found in the graph: the last feature maps are what the last pooling over all
 * places takes; the pooled features are what the last linear layer takes. A transformer of tokens has no such maps.
 */
import { GlasshouseError } from '../base/errors.ts'
import { neededNodes } from '../graph/computation.ts'
import { Graph, type Node, type Value, type ValueType } from '../graph/graph.ts'
import { malformed, type OnnxModel } from '../graph/onnx/decode.ts'
import { layModel, weightsOf } from '../graph/onnx/import.ts'
import { conv } from '../graph/ops/convolution.ts'
import { neg } from '../graph/ops/elementwise.ts'
import { concat, reshape, transpose } from '../graph/ops/layout.ts'
import { resize } from '../graph/ops/resize.ts'
import { integerAttribute } from '../graph/ops/rule.ts'
import { cellsIn, placesOf } from '../graph/receptive-field/grid.ts'
import { lost } from '../graph/receptive-field/places.ts'
import { float32, type Shape, sizeOf } from '../graph/tensor.ts'
import {
  type AdaptedWeight,
  type Building,
  linearLayer,
  type ParameterSpec,
  startBuilding,
} from './building.ts'
import type { BuiltNetwork, LinearHead } from './built.ts'
import { attentionWeights } from './foreign-attention.ts'
import { adaptedWeight } from './lora.ts'
import { behindReshapes, isMeanOf } from './pooled-mean.ts'
import { readScores } from './scores.ts'

/** What the parameters of a new head start with. */
export const newHeadName = 'new_head'

export interface ForeignNetwork {
  readonly model: OnnxModel
  /** the value that takes images */
  readonly input: string
  /** whether that is (n, h, w, 3) */
  readonly channelsLast: boolean
  /** whether it takes one channel, the grey of the image */
  readonly grey?: true
  /** whether it takes whole numbers from 0 to 255; the graph is fed these as floats, so that gradients pass */
  readonly bytes?: true
  /** height and width, where these differ: the square that is seen is squeezed into it */
  readonly rectangle?: readonly [number, number]
  /** the value that gives logits or embeddings */
  readonly output: string
  /** whether it is one number per image that speaks for the second of two classes, and against the first */
  readonly pair?: boolean
  /** whether the layer that gives it makes way for a new linear one on the pooled features: `new_head` */
  readonly newHead?: boolean
  /** the number of images that the file fixes */
  readonly batch?: number
  /** types of inner values that a run has seen, for images (n, 3, h, w) */
  readonly seen?: (name: string, pictures: Shape) => ValueType | undefined
}

interface ForeignOptions extends Pick<Building, 'lora'> {
  /** numbers per image, where the head is new */
  width?: number
}

/**
 * The foreign network for images (n, 3, h, w); its output becomes the layer `outputName`. With `lora` the weights that
 * make queries and values of attention have updates of low rank beside them, where such weights are found.
 *
 * @throws GlasshouseError 'fixed-batch' or 'picture-size' where it only accepts what it was exported for
 */
export function buildForeign(
  foreign: ForeignNetwork,
  pictures: Shape,
  outputName: string,
  options: ForeignOptions = {},
): BuiltNetwork {
  const lay = (shape: Shape) => layNetwork(foreign, shape, outputName, options)
  try {
    return lay(pictures)
  } catch (error) {
    throw limitOf(foreign, pictures, error, lay)
  }
}

function layNetwork(
  foreign: ForeignNetwork,
  pictures: Shape,
  outputName: string,
  { width, lora }: ForeignOptions,
): BuiltNetwork {
  const { model, input, batch, seen } = foreign
  const places = lora ? adaptedBy(foreign, () => layNetwork(foreign, pictures, outputName, { width })) : []
  const graph = new Graph()
  const building = startBuilding(graph, 'inference', { lora })
  const { parameters, running, adapted } = building
  for (const [name, spec] of specsOf(foreign)) parameters.set(name, spec)
  const images = graph.input('images', pictures)
  const fed = fedTo(foreign, images)
  const values = layModel(graph, model, new Map([[input, fed]]), {
    types: seen && (name => seen(name, pictures)),
    fixedBatch: batch !== undefined && batch !== pictures[0] ? { from: batch, to: pictures[0] } : undefined,
    weights: (weight, name) =>
      adaptedWeight(
        building,
        weight,
        places.filter(place => place.weight === name),
      ),
  })
  for (const [name, value] of values)
    if (value.producer && value.dtype === 'float32' && !graph.parameters.has(name))
      graph.layers.set(name, value)
  const result = values.get(foreign.output)
  if (!result?.shape.length)
    throw malformed(model.where, `an output '${foreign.output}' that holds no vectors`)
  // Probabilities are made of logits, and those tell more.
  const given = outputName === 'logits' ? readScores(result).logits : result
  const rows = reshape(given, [pictures[0], -1])
  const anatomy = anatomyOf(graph, images, rows)
  const own = foreign.pair ? concat([neg(rows), rows], 1) : rows
  if (!graph.layers.has('pool')) graph.layer('pool', anatomy.pooled)
  if (!foreign.newHead || width === undefined)
    return {
      graph,
      images,
      output: graph.layer(outputName, own),
      ...anatomy,
      ...(foreign.pair && { head: undefined }),
      parameters,
      running,
      adapted,
    }

  const name = freeName(graph)
  const pooled = reshape(anatomy.pooled, [pictures[0], -1])
  const needed = neededNodes(graph, [pooled]).used
  for (const name of parameters.keys()) if (!needed.has(graph.parameters.get(name)!)) parameters.delete(name)
  const output = graph.layer(outputName, linearLayer(building, name, pooled, width))
  const head = isMeanOf(images, pooled, anatomy.features)
    ? { weight: `${name}.weight`, bias: `${name}.bias` }
    : undefined
  return { graph, images, output, features: anatomy.features, pooled, head, parameters, running, adapted }
}

/** The search goes through the whole graph, and finds the same for all sizes and numbers of images. */
const adaptedWeights = new WeakMap<ForeignNetwork, AdaptedWeight[]>()

function adaptedBy(foreign: ForeignNetwork, plain: () => BuiltNetwork): AdaptedWeight[] {
  const known = adaptedWeights.get(foreign)
  if (known) return known
  const { graph, output } = plain()
  const found = attentionWeights(graph, output)
  adaptedWeights.set(foreign, found)
  return found
}

/** Of red, green and blue (ITU-R BT.601), as Pillow and OpenCV make grey. */
const greyWeights = Float32Array.of(0.299, 0.587, 0.114)

/** What a model takes in the place of prepared images (n, 3, h, w). */
function fedTo({ channelsLast, grey, rectangle }: ForeignNetwork, images: Value): Value {
  const { graph } = images
  const coloured = rectangle ? resize(images, ...rectangle) : images
  const fed = grey ? conv(coloured, graph.constant(float32([1, 3, 1, 1], greyWeights))) : coloured
  return channelsLast ? transpose(fed, [0, 2, 3, 1]) : fed
}

/** Many models accept other batch and image sizes than those they were exported with. This error is for those that do not. */
function limitOf(
  { model, input, channelsLast, batch }: ForeignNetwork,
  [count, channels, ...asked]: Shape,
  error: unknown,
  lay: (pictures: Shape) => unknown,
): unknown {
  if (!(error instanceof GlasshouseError) || error.code === 'onnx-malformed') return error
  const { where } = model
  if (batch !== undefined && batch !== count && succeeds(() => lay([batch, channels, ...asked]))) {
    return new GlasshouseError({
      code: 'fixed-batch',
      what: 'this model only accepts the batch size it was exported with',
      where,
      expected: `${batch} at a time`,
      hint: 'Export it with an open batch, as torch.onnx.export does with dynamic_axes',
      cause: error,
    })
  }
  const { extents } = model.inputs.find(({ name }) => name === input)!
  const [height, width] = channelsLast ? extents.slice(1) : extents.slice(2)
  if (height === undefined || width === undefined || (height === asked[0] && width === asked[1])) return error
  return new GlasshouseError({
    code: 'picture-size',
    what: 'this model only accepts the image size it was exported with',
    where,
    expected: `${height} x ${width} pixels`,
    got: asked.join(' x '),
    hint: `Give it square images of that size (--size ${height}; a dream: a square image and --octaves 1), or export the model for any size`,
    cause: error,
  })
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

/** The model may be one that got a new head before. */
function freeName(graph: Graph): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? newHeadName : `${newHeadName}${count}`
    if (!graph.parameters.has(`${name}.weight`)) return name
  }
}

/** All its weights; the statistics of its normalisations are nothing that a gradient should change. */
function specsOf({ model }: ForeignNetwork): Map<string, ParameterSpec> {
  const norms = model.nodes.filter(({ op }) => op === 'BatchNormalization')
  const statistics = new Set(norms.flatMap(({ inputs }) => inputs.slice(3)))
  return new Map(
    [...weightsOf(model)].map(([name, { shape }]) => [
      name,
      { shape, initial: 'zeros', trained: !statistics.has(name) },
    ]),
  )
}

function anatomyOf(graph: Graph, images: Value, output: Value) {
  const linear = lastLinear(graph, output)
  const pooled = linear?.inputs[0] ?? output
  const pooling = lastPooling(images, output)
  const features = pooling?.inputs[0] ?? pooled
  const head =
    linear && linear.outputs[0] === behindReshapes(output) && isMeanOf(images, pooled, features)
      ? linearHead(linear)
      : undefined
  return { features, pooled, head }
}

/** What takes the places out of maps: a mean or a maximum over them, or all of them in a row. */
const poolers =
  /^(Global(Average|Max|Lp)Pool|(Average|Max|Lp)Pool|Reduce(Mean|Max|Sum|L1|L2)|Reshape|MatMul|Einsum)$/

/**
 * The last node that takes maps, in whatever order their axes stand, and gives one vector for each image. Where the walk
 * over the graph lost the places, maps are what a pooling takes: (n, c, h, w) with more than one place.
 */
function lastPooling(images: Value, output: Value): Node | undefined {
  const { nodes } = neededNodes(images.graph, [output])
  const known = placesOf(images, [output])
  const gridOf = (value: Value) => {
    const places = known.get(value)
    return places && places !== lost ? cellsIn(places)?.grid : undefined
  }
  const pools = nodes.filter(
    ({ op, inputs: [x], outputs: [y] }) => x && poolers.test(op) && isVector(y, x.shape[0]),
  )
  const takesCells = ({ inputs: [x], outputs: [y] }: Node) => {
    const grid = gridOf(x!)
    return grid !== undefined && grid.height * grid.width > 1 && !gridOf(y)
  }
  const takesMaps = ({ op, inputs: [x] }: Node) =>
    op !== 'MatMul' &&
    op !== 'Einsum' &&
    known.get(x!) === lost &&
    x!.shape.length === 4 &&
    sizeOf(x!.shape.slice(2)) > 1
  // Maps of a single cell, as small images leave them, are known by the pooling alone.
  const takesOneCell = ({ op }: Node) => /^Global/.test(op)
  return pools.findLast(node => takesCells(node) || takesMaps(node)) ?? pools.findLast(takesOneCell)
}

/** The linear layer that the output is: a product with a weight, perhaps with a bias added to it. */
function lastLinear(graph: Graph, output: Value): Node | undefined {
  const isWeight = (value?: Value) => value !== undefined && graph.parameters.get(value.name) === value
  const { producer } = behindReshapes(output)
  if (!producer) return undefined
  const [x, y] = producer.inputs
  if (producer.op === 'Add' && isWeight(x)) return lastLinear(graph, y!)
  if (producer.op === 'Add' && isWeight(y)) return lastLinear(graph, x!)
  const isLinear = (producer.op === 'Gemm' || producer.op === 'MatMul') && isWeight(y)
  return isLinear && x!.shape.length === 2 ? producer : undefined
}

/** One row of numbers for each image, whatever axes of one element stand between. */
const isVector = ({ shape }: Value, images: number): boolean =>
  shape[0] === images && shape.length >= 2 && shape.slice(1).filter(extent => extent > 1).length <= 1

function linearHead(node: NonNullable<Value['producer']>): LinearHead | undefined {
  const [, weight, bias] = node.inputs
  const plain = node.op === 'Gemm' && integerAttribute(node, 'transB', 0) === 1
  return plain ? { weight: weight!.name, bias: bias?.name } : undefined
}
