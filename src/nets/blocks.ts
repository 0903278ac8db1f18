/** What torchvision's newer networks are made of, under its names. */
import type { Value } from '../graph/graph.ts'
import { add, hardSwish, mul, relu, sigmoid } from '../graph/ops/elementwise.ts'
import { globalAveragePool } from '../graph/ops/pooling.ts'
import { type Building, batchNormLayer, type ConvolutionLayer, convolutionLayer } from './building.ts'

/** x * sigmoid(x) (Elfwing et al. 2018), also called swish. */
export const silu = (x: Value): Value => mul(x, sigmoid(x))

const activations = { relu, hardswish: hardSwish, silu, none: (x: Value) => x } as const
export type Activation = keyof typeof activations

const activate = (x: Value, activation: Activation): Value => activations[activation](x)

export interface NormedLayer extends ConvolutionLayer {
  kernel: number
  activation: Activation
  /** of the normalisation; 1e-5 unless given */
  epsilon?: number
}

/** Convolution `<name>.<at>` that pads evenly, and normalisation `<name>.<at + 1>`. */
export function convNorm(
  building: Building,
  name: string,
  at: number,
  x: Value,
  { epsilon, ...layer }: ConvolutionLayer & { kernel: number; epsilon?: number },
): Value {
  const pads = (layer.kernel - 1) / 2
  const convolved = convolutionLayer(building, `${name}.${at}`, x, { pads, ...layer })
  return batchNormLayer(building, `${name}.${at + 1}`, convolved, epsilon)
}

/** `convNorm` at 0, then the activation. */
export const convNormActivation = (
  building: Building,
  name: string,
  x: Value,
  { activation, ...layer }: NormedLayer,
): Value => activate(convNorm(building, name, 0, x, layer), activation)

/** Channels weighted by what the means of all say (Hu et al. 2018): `<name>.fc1` to `squeeze` channels, `<name>.fc2`. */
export function squeezeExcitation(
  building: Building,
  name: string,
  x: Value,
  squeeze: number,
  activation: Activation,
  gate: (x: Value) => Value = sigmoid,
): Value {
  const fully = (part: string, y: Value, channels: number) =>
    convolutionLayer(building, `${name}.${part}`, y, { channels, kernel: 1, bias: true })
  const narrow = activate(fully('fc1', globalAveragePool(x), squeeze), activation)
  return mul(x, gate(fully('fc2', narrow, x.shape[1])))
}

/** x + branch, with the names that lenses use: `input`, `branch`, `shortcut`, `sum` and the scope itself. */
export function residualSum(building: Building, x: Value, branch: Value, shortcut: Value = x): Value {
  const { graph } = building
  graph.layer('input', x)
  graph.layer('shortcut', shortcut)
  graph.layer('branch', branch)
  return graph.layer('', graph.layer('sum', add(branch, shortcut)))
}

/** To the nearest multiple of 8, and never down by more than a tenth. */
export function roundedTo8(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return nearest < 0.9 * channels ? nearest + 8 : nearest
}
