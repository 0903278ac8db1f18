/**
 * MobileNetV2 (Sandler et al. 2018): inverted residual units, which widen, convolve each channel by itself and
 * narrow again without a ReLU. Two makes of it share everything but how a convolution is put down: torchvision's,
 * with batch normalisation and even padding, and TensorFlow's, whose published weights have the normalisation
 * folded in and pad below and to the right first (SAME).
 *
 * Both carry torchvision's names. Layers: `stem`, `unit1` to `unit17` with `.input`, `.branch`, `.shortcut` and `.sum`
 * where a unit adds, `top`.
 */
import type { Value } from '../graph/graph.ts'
import { add, clip } from '../graph/ops/elementwise.ts'
import { sizeOf, type Tensor } from '../graph/tensor.ts'
import { type Building, batchNormLayer, convolutionLayer, stridesBehind } from './building.ts'

/** Widening, channels, units, stride of the first. */
const blocks = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

interface Unit {
  widening: number
  channels: number
  stride: number
  /** whether it adds its input */
  adds: boolean
}

const units: readonly Unit[] = blocks.flatMap(([widening, channels, count, stride]) =>
  Array.from({ length: count }, (_, index) => ({
    widening,
    channels,
    stride: index === 0 ? stride : 1,
    adds: index > 0,
  })),
)

export type Make = 'torchvision' | 'tensorflow'

interface Convolution {
  /** torchvision's name of the convolution, and of its normalisation */
  names: readonly [string, string]
  channels: number
  kernel: 1 | 3
  stride?: number
  groups?: number
}

const relu6 = (x: Value): Value => clip(x, 0, 6)

function convolve(building: Building, make: Make, x: Value, { names, kernel, ...layer }: Convolution): Value {
  const [convolution, norm] = names
  if (make === 'tensorflow') {
    const pads = samePads(x.shape.slice(2), kernel, layer.stride ?? 1)
    return convolutionLayer(building, convolution, x, { ...layer, kernel, pads, bias: true })
  }
  const pads = (kernel - 1) / 2
  return batchNormLayer(
    building,
    norm,
    convolutionLayer(building, convolution, x, { ...layer, kernel, pads }),
  )
}

/** TensorFlow's SAME: the output has ceil(extent / stride) places, and of an odd padding the end has one more. */
function samePads(extents: readonly number[], kernel: number, stride: number): number[] {
  const totals = extents.map(extent =>
    Math.max(0, (Math.ceil(extent / stride) - 1) * stride + kernel - extent),
  )
  return [...totals.map(total => Math.floor(total / 2)), ...totals.map(total => Math.ceil(total / 2))]
}

/** x (n, 3, h, w) -> features (n, 1280, h / 32, w / 32), or of the output stride that is wanted. */
export const mobilenetTrunk =
  (make: Make) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    const stem = { names: ['features.0.0', 'features.0.1'], channels: 32, kernel: 3, stride: 2 } as const
    let y = graph.layer('stem', relu6(convolve(building, make, x, stem)))
    const strideOf = stridesBehind(2, building)
    units.forEach((unit, index) => {
      const stride = strideOf(unit.stride)
      y = graph.scope(`unit${index + 1}`, () =>
        invertedResidual(building, make, y, index + 1, { ...unit, stride }),
      )
    })
    const top = { names: ['features.18.0', 'features.18.1'], channels: 1280, kernel: 1 } as const
    return graph.layer('top', relu6(convolve(building, make, y, top)))
  }

/** The convolutions of a unit by torchvision's names: to widen (where it does), channel by channel, to narrow. */
function namesOf(index: number, { widening }: Unit) {
  const at = (...parts: (number | string)[]) => ['features', index, 'conv', ...parts].join('.')
  const pair = (part: number) => [at(part, 0), at(part, 1)] as const
  return widening === 1
    ? { deep: pair(0), narrow: [at(1), at(2)] as const }
    : { wide: pair(0), deep: pair(1), narrow: [at(2), at(3)] as const }
}

function invertedResidual(building: Building, make: Make, x: Value, index: number, unit: Unit): Value {
  const { graph } = building
  const { wide, deep, narrow } = namesOf(index, unit)
  const width = x.shape[1] * unit.widening
  if (unit.adds) graph.layer('input', x)
  const widened = wide ? relu6(convolve(building, make, x, { names: wide, channels: width, kernel: 1 })) : x
  const filtered = relu6(
    convolve(building, make, widened, {
      names: deep,
      channels: width,
      kernel: 3,
      stride: unit.stride,
      groups: width,
    }),
  )
  const narrowed = convolve(building, make, filtered, { names: narrow, channels: unit.channels, kernel: 1 })
  if (!unit.adds) return graph.layer('', narrowed)
  graph.layer('shortcut', x)
  graph.layer('branch', narrowed)
  return graph.layer('', graph.layer('sum', add(narrowed, x)))
}

/** TensorFlow's operators count through, additions and the pooling too; where one has weights, whose they are. */
const operators: readonly string[] = [
  'features.0.0',
  ...units.flatMap((unit, index) => {
    const { wide, deep, narrow } = namesOf(index + 1, unit)
    return [...(wide ? [wide[0]] : []), deep[0], narrow[0], ...(unit.adds ? ['addition'] : [])]
  }),
  'features.18.0',
  'pooling',
  'classifier.1',
]

/** `op07.weight` under torchvision's name; the classifier is a convolution there. */
export function adoptOperators(name: string, tensor: Tensor): readonly [string, Tensor] {
  const [, operator, kind] = /^op(\d+)\.(weight|bias)$/.exec(name) ?? []
  const own = operators[Number(operator)]
  if (!own) return [name, tensor]
  const isLinear = own === 'classifier.1' && kind === 'weight'
  const shape = isLinear ? [tensor.shape[0], sizeOf(tensor.shape.slice(1))] : tensor.shape
  return [`${own}.${kind}`, { ...tensor, shape }]
}
