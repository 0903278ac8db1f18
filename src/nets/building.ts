/**
 * How a network is written down: a function from values to values that declares its parameters while it builds.
 *
 * The same function builds the network for training and for inference, at any batch and image size. What it
 * declares (name, shape, how to start) is collected in the Building and becomes the table of parameters.
 */
import { random } from '../base/random.ts'
import type { Graph, Value } from '../graph/graph.ts'
import { conv } from '../graph/ops/convolution.ts'
import { add, mul, relu } from '../graph/ops/elementwise.ts'
import { linear, matmul, transposeMatrix } from '../graph/ops/linear.ts'
import { batchNorm, batchNormTraining, layerNorm } from '../graph/ops/normalisation.ts'
import { float32, type Shape, sizeOf, type Tensor } from '../graph/tensor.ts'

/** How a parameter starts: `kaiming` is He et al. 2015 for convolutions, by fan-out, as in torchvision's ResNets. */
export type Initial =
  | 'zeros'
  | 'ones'
  | 'kaiming'
  | { uniform: number }
  | { normal: number }
  | { value: number }

export interface ParameterSpec {
  readonly shape: Shape
  readonly initial: Initial
  /** false for running statistics, which training updates in another way */
  readonly trained: boolean
}

/** New running statistics of a batch-normalisation layer, by parameter name. */
export type RunningStatistics = Map<string, Value>

export interface Building {
  readonly graph: Graph
  readonly mode: 'training' | 'inference'
  readonly parameters: Map<string, ParameterSpec>
  /** filled in training mode */
  readonly running: RunningStatistics
  /** layers whose batch normalisation keeps its statistics in training too, by parameter prefix */
  readonly frozen: (parameter: string) => boolean
  /** pixels between the cells of the last maps, where an architecture lets them be chosen; its own unless given */
  readonly outputStride?: number
  /** attention learns by updates of low rank beside its weights; there are none unless given */
  readonly lora?: Lora
  /** filled where there are updates of low rank */
  readonly adapted: AdaptedWeight[]
}

/** Updates of low rank (Hu et al. 2022): W x becomes W x + alpha / rank * B A x, B being zero at the start. */
export interface Lora {
  readonly rank: number
  readonly alpha: number
}

export type AdaptedPart = 'query' | 'value'

/** What an update of low rank stands beside: of a weight (outputs, inputs) the rows that make queries, or values. */
export interface AdaptedWeight {
  readonly weight: string
  readonly part: AdaptedPart
  readonly rows: readonly number[]
  /** whether the weight is stored as (inputs, outputs) */
  readonly transposed: boolean
}

export function startBuilding(
  graph: Graph,
  mode: Building['mode'],
  {
    frozen = () => false,
    outputStride,
    lora,
  }: Partial<Pick<Building, 'frozen' | 'outputStride' | 'lora'>> = {},
): Building {
  return { graph, mode, parameters: new Map(), running: new Map(), frozen, outputStride, lora, adapted: [] }
}

/**
 * The strides of the layers behind maps of stride `reached`, asked for in their order: what a layer has by itself, or 1
 * where it would pass the output stride that is wanted.
 */
export function stridesBehind(
  reached: number,
  { outputStride = Infinity }: Building,
): (own: number) => number {
  return own => {
    const stride = reached * own > outputStride ? 1 : own
    reached *= stride
    return stride
  }
}

export function parameter(
  building: Building,
  name: string,
  shape: Shape,
  initial: Initial,
  trained = true,
): Value {
  building.parameters.set(name, { shape, initial, trained })
  return building.graph.parameter(name, shape)
}

export interface ConvolutionLayer {
  channels: number
  kernel: number | readonly [number, number]
  stride?: number
  pads?: number | readonly number[]
  dilation?: number
  groups?: number
  bias?: boolean
  /** how the kernel starts; 'kaiming' unless given */
  initial?: Initial
}

/** Parameters `<name>.weight` and, with `bias`, `<name>.bias`. */
export function convolutionLayer(building: Building, name: string, x: Value, layer: ConvolutionLayer): Value {
  const { channels, kernel, groups = 1, initial = 'kaiming' } = layer
  const [kh, kw] = typeof kernel === 'number' ? [kernel, kernel] : kernel
  const weight = parameter(building, `${name}.weight`, [channels, x.shape[1] / groups, kh, kw], initial)
  const bias = layer.bias ? parameter(building, `${name}.bias`, [channels], 'zeros') : undefined
  return conv(x, weight, { ...layer, bias })
}

/** Share of a batch's statistics that enters the running ones: PyTorch's momentum. */
const runningShare = 0.1

/** Parameters as in PyTorch: `<name>.weight`, `.bias`, `.running_mean`, `.running_var`. */
export function batchNormLayer(building: Building, name: string, x: Value, epsilon = 1e-5): Value {
  const vector = [x.shape[1]]
  const scale = parameter(building, `${name}.weight`, vector, 'ones')
  const bias = parameter(building, `${name}.bias`, vector, 'zeros')
  const mean = parameter(building, `${name}.running_mean`, vector, 'zeros', false)
  const variance = parameter(building, `${name}.running_var`, vector, 'ones', false)
  if (building.mode === 'inference' || building.frozen(`${name}.weight`))
    return batchNorm(x, scale, bias, mean, variance, epsilon)
  const batch = batchNormTraining(x, scale, bias, epsilon)
  // The running variance is the unbiased one.
  const count = sizeOf(x.shape) / x.shape[1]
  const blend = (old: Value, current: Value, share: number) =>
    add(mul(old, 1 - runningShare), mul(current, share))
  building.running.set(`${name}.running_mean`, blend(mean, batch.mean, runningShare))
  building.running.set(
    `${name}.running_var`,
    blend(variance, batch.variance, (runningShare * count) / Math.max(count - 1, 1)),
  )
  return batch.output
}

export const convNormRelu = (
  building: Building,
  convolution: string,
  norm: string,
  x: Value,
  layer: ConvolutionLayer,
): Value => relu(batchNormLayer(building, norm, convolutionLayer(building, convolution, x, layer)))

/** How a linear layer starts; as PyTorch's unless given. */
export interface LinearStart {
  weight?: Initial
  /** false: there is none */
  bias?: Initial | false
}

/**
 * Parameters `<name>.weight` (out, in) and, unless it has none, `<name>.bias`; x (..., in) -> (..., out).
 */
export function linearLayer(
  building: Building,
  name: string,
  x: Value,
  features: number,
  start: LinearStart = {},
): Value {
  const width = x.shape[x.shape.length - 1]
  const usual = { uniform: 1 / Math.sqrt(width) }
  const weight = parameter(building, `${name}.weight`, [features, width], start.weight ?? usual)
  const bias =
    start.bias === false ? undefined : parameter(building, `${name}.bias`, [features], start.bias ?? usual)
  if (x.shape.length === 2) return linear(x, weight, bias)
  const product = matmul(x, transposeMatrix(weight))
  return bias ? add(product, bias) : product
}

/** Parameters `<name>.weight` and `<name>.bias`; normalises over the last axis. */
export function layerNormLayer(building: Building, name: string, x: Value, epsilon: number): Value {
  const vector = [x.shape[x.shape.length - 1]]
  const scale = parameter(building, `${name}.weight`, vector, 'ones')
  const bias = parameter(building, `${name}.bias`, vector, 'zeros')
  return layerNorm(x, scale, bias, -1, epsilon)
}

/** A parameter's content before training: a function of seed and name alone. */
export function initialTensor(
  name: string,
  { shape, initial }: ParameterSpec,
  seed: number,
): Tensor<'float32'> {
  const data = new Float32Array(sizeOf(shape))
  const stream = random(seed, 'parameter', name)
  if (initial === 'ones') data.fill(1)
  else if (initial === 'kaiming') stream.normals(data, Math.sqrt(2 / (shape[0] * sizeOf(shape.slice(2)))))
  else if (typeof initial === 'object' && 'uniform' in initial)
    for (let i = 0; i < data.length; i++) data[i] = stream.uniform(-initial.uniform, initial.uniform)
  else if (typeof initial === 'object' && 'value' in initial) data.fill(initial.value)
  else if (typeof initial === 'object') stream.normals(data, initial.normal)
  return float32(shape, data)
}
