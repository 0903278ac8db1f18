/**
 * Inception V3 (Szegedy et al. 2016, "Rethinking the Inception Architecture"), wired and named as in torchvision,
 * without the classifier at its side that only training uses. Layers: `Conv2d_1a_3x3` to `Mixed_7c`, and every
 * branch within, such as `Mixed_6b.branch7x7_2`.
 */
import type { Value } from '../graph/graph.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { concat } from '../graph/ops/layout.ts'
import { averagePool, maxPool } from '../graph/ops/pooling.ts'
import { type Building, batchNormLayer, convolutionLayer, stridesBehind } from './building.ts'

/** Name, channels, kernel (height, width). Kernels keep the extent; `valid` ones do not, and halve it if `halving`. */
type Step = readonly [
  name: string,
  channels: number,
  kernel: readonly [number, number],
  form?: 'valid' | 'halving',
]

const [k1, k3, k5] = ([1, 3, 5] as const).map(side => [side, side] as const)
const [across7, down7, across3, down3] = [
  [1, 7],
  [7, 1],
  [1, 3],
  [3, 1],
] as const

const epsilon = 0.001

function step(building: Building, x: Value, [name, channels, kernel, form]: Step): Value {
  const { graph } = building
  const path = graph.scoped(name)
  const [down, across] = kernel.map(side => (form ? 0 : (side - 1) / 2))
  const convolved = convolutionLayer(building, `${path}.conv`, x, {
    channels,
    kernel,
    stride: form === 'halving' ? 2 : 1,
    pads: [down, across, down, across],
  })
  return graph.layer(name, relu(batchNormLayer(building, `${path}.bn`, convolved, epsilon)))
}

const formAt = (stride: number): Step[3] => (stride === 1 ? undefined : 'halving')

const chain = (building: Building, x: Value, steps: readonly Step[]): Value =>
  steps.reduce((y, each) => step(building, y, each), x)

const smoothed = (x: Value): Value => averagePool(x, { kernel: 3, stride: 1, pads: 1, countIncludePad: true })
/** At stride 1 the extent is kept. */
const pooled = (x: Value, stride: number): Value =>
  maxPool(x, { kernel: 3, stride, pads: stride === 1 ? 1 : 0 })

/** @param stride of the blocks that halve the maps: 1 where they are fine enough already */
type Block = (building: Building, x: Value, stride: number) => Value[]

const blockA =
  (projected: number): Block =>
  (building, x) => [
    step(building, x, ['branch1x1', 64, k1]),
    chain(building, x, [
      ['branch5x5_1', 48, k1],
      ['branch5x5_2', 64, k5],
    ]),
    chain(building, x, [
      ['branch3x3dbl_1', 64, k1],
      ['branch3x3dbl_2', 96, k3],
      ['branch3x3dbl_3', 96, k3],
    ]),
    step(building, smoothed(x), ['branch_pool', projected, k1]),
  ]

const blockB: Block = (building, x, stride) => [
  step(building, x, ['branch3x3', 384, k3, formAt(stride)]),
  chain(building, x, [
    ['branch3x3dbl_1', 64, k1],
    ['branch3x3dbl_2', 96, k3],
    ['branch3x3dbl_3', 96, k3, formAt(stride)],
  ]),
  pooled(x, stride),
]

const blockC =
  (width: number): Block =>
  (building, x) => [
    step(building, x, ['branch1x1', 192, k1]),
    chain(building, x, [
      ['branch7x7_1', width, k1],
      ['branch7x7_2', width, across7],
      ['branch7x7_3', 192, down7],
    ]),
    chain(building, x, [
      ['branch7x7dbl_1', width, k1],
      ['branch7x7dbl_2', width, down7],
      ['branch7x7dbl_3', width, across7],
      ['branch7x7dbl_4', width, down7],
      ['branch7x7dbl_5', 192, across7],
    ]),
    step(building, smoothed(x), ['branch_pool', 192, k1]),
  ]

const blockD: Block = (building, x, stride) => [
  chain(building, x, [
    ['branch3x3_1', 192, k1],
    ['branch3x3_2', 320, k3, formAt(stride)],
  ]),
  chain(building, x, [
    ['branch7x7x3_1', 192, k1],
    ['branch7x7x3_2', 192, across7],
    ['branch7x7x3_3', 192, down7],
    ['branch7x7x3_4', 192, k3, formAt(stride)],
  ]),
  pooled(x, stride),
]

const blockE: Block = (building, x) => {
  /** What a kernel of three by three is split into, side by side. */
  const split = (y: Value, name: string) => [
    step(building, y, [`${name}a`, 384, across3]),
    step(building, y, [`${name}b`, 384, down3]),
  ]
  const double = chain(building, x, [
    ['branch3x3dbl_1', 448, k1],
    ['branch3x3dbl_2', 384, k3],
  ])
  return [
    step(building, x, ['branch1x1', 320, k1]),
    ...split(step(building, x, ['branch3x3_1', 384, k1]), 'branch3x3_2'),
    ...split(double, 'branch3x3dbl_3'),
    step(building, smoothed(x), ['branch_pool', 192, k1]),
  ]
}

const mixed: readonly (readonly [name: string, block: Block, halves?: true])[] = [
  ['Mixed_5b', blockA(32)],
  ['Mixed_5c', blockA(64)],
  ['Mixed_5d', blockA(64)],
  ['Mixed_6a', blockB, true],
  ['Mixed_6b', blockC(128)],
  ['Mixed_6c', blockC(160)],
  ['Mixed_6d', blockC(160)],
  ['Mixed_6e', blockC(192)],
  ['Mixed_7a', blockD, true],
  ['Mixed_7b', blockE],
  ['Mixed_7c', blockE],
]

/**
 * x (n, 3, h, w), h and w at least 75 -> features (n, 2048, about h / 32, about w / 32), or of the output stride that
 * is wanted.
 */
export function inceptionTrunk(building: Building, x: Value): Value {
  const { graph } = building
  let y = chain(building, x, [
    ['Conv2d_1a_3x3', 32, k3, 'halving'],
    ['Conv2d_2a_3x3', 32, k3, 'valid'],
    ['Conv2d_2b_3x3', 64, k3],
  ])
  y = graph.layer('maxpool1', pooled(y, 2))
  y = chain(building, y, [
    ['Conv2d_3b_1x1', 80, k1],
    ['Conv2d_4a_3x3', 192, k3, 'valid'],
  ])
  y = graph.layer('maxpool2', pooled(y, 2))
  const strideOf = stridesBehind(8, building)
  for (const [name, block, halves] of mixed) {
    const stride = strideOf(halves ? 2 : 1)
    y = graph.scope(name, () => graph.layer('', concat(block(building, y, stride), 1)))
  }
  return y
}
