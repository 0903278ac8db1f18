/**
 * EfficientNet (Tan and Le 2019) and its second version (2021), under torchvision's names. Without the random leaving out
 * of branches that its own training uses. Layers: `stem`, `stage1` to `stage7` and their `unit1`, ..., with `.input`,
 * `.branch`, `.shortcut` and `.sum` where a unit adds, `top`.
 */
import type { Value } from '../graph/graph.ts'
import type { Architecture } from './architecture.ts'
import { convNormActivation, residualSum, roundedTo8, squeezeExcitation } from './blocks.ts'
import { type Building, stridesBehind } from './building.ts'

interface Stage {
  /** `fused`: one convolution widens and sees the neighbourhood, and channels are not weighted */
  kind: 'inverted' | 'fused'
  widening: number
  kernel: number
  stride: number
  channels: number
  units: number
}

interface Plan {
  stem: number
  stages: readonly Stage[]
  top: number
  /** of the normalisations */
  epsilon: number
}

type Row = readonly [
  kind: 'i' | 'f',
  widening: number,
  kernel: number,
  stride: number,
  channels: number,
  units: number,
]

const stageOf = ([kind, widening, kernel, stride, channels, units]: Row): Stage => ({
  kind: kind === 'i' ? 'inverted' : 'fused',
  widening,
  kernel,
  stride,
  channels,
  units,
})

const first: readonly Row[] = [
  ['i', 1, 3, 1, 16, 1],
  ['i', 6, 3, 2, 24, 2],
  ['i', 6, 5, 2, 40, 2],
  ['i', 6, 3, 2, 80, 3],
  ['i', 6, 5, 1, 112, 3],
  ['i', 6, 5, 2, 192, 4],
  ['i', 6, 3, 1, 320, 1],
]

/** The first version is one network, made wider and deeper. */
function scaled(width: number, depth: number, epsilon = 1e-5): Plan {
  const stages = first.map(stageOf).map(stage => ({
    ...stage,
    channels: roundedTo8(stage.channels * width),
    units: Math.ceil(stage.units * depth),
  }))
  return { stem: roundedTo8(32 * width), stages, top: 4 * stages[6].channels, epsilon }
}

const second = (...rows: readonly Row[]): Plan => ({
  stem: rows[0][4],
  stages: rows.map(stageOf),
  top: 1280,
  epsilon: 1e-3,
})

function unitOf(
  building: Building,
  name: string,
  x: Value,
  stage: Stage,
  stride: number,
  epsilon: number,
): Value {
  const { kind, kernel, channels } = stage
  // Wide channels are rounded where the network is made wider.
  const widened = roundedTo8(x.shape[1] * stage.widening)
  let part = 0
  const next = () => `${name}.block.${part++}`
  let y = x
  const common = { activation: 'silu', epsilon } as const
  if (kind === 'fused') {
    const isNarrow = stage.widening === 1
    y = convNormActivation(building, next(), y, {
      ...common,
      channels: isNarrow ? channels : widened,
      kernel,
      stride,
    })
    if (!isNarrow)
      y = convNormActivation(building, next(), y, { channels, kernel: 1, activation: 'none', epsilon })
  } else {
    if (stage.widening !== 1)
      y = convNormActivation(building, next(), y, { ...common, channels: widened, kernel: 1 })
    y = convNormActivation(building, next(), y, {
      ...common,
      channels: widened,
      kernel,
      stride,
      groups: widened,
    })
    y = squeezeExcitation(building, next(), y, Math.max(1, Math.floor(x.shape[1] / 4)), 'silu')
    y = convNormActivation(building, next(), y, { channels, kernel: 1, activation: 'none', epsilon })
  }
  const adds = stage.stride === 1 && x.shape[1] === channels
  return adds ? residualSum(building, x, y) : building.graph.layer('', y)
}

/** x (n, 3, h, w) -> features (n, c, h / 32, w / 32), or of the output stride that is wanted. */
const trunk =
  ({ stem, stages, top, epsilon }: Plan) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    const outer = { activation: 'silu', epsilon } as const
    let y = graph.layer(
      'stem',
      convNormActivation(building, 'features.0', x, { ...outer, channels: stem, kernel: 3, stride: 2 }),
    )
    const strideOf = stridesBehind(2, building)
    stages.forEach((stage, index) => {
      const stride = strideOf(stage.stride)
      y = graph.scope(`stage${index + 1}`, () => {
        for (let unit = 0; unit < stage.units; unit++) {
          const own = unit === 0 ? stage : { ...stage, stride: 1 }
          y = graph.scope(`unit${unit + 1}`, () =>
            unitOf(building, `features.${index + 1}.${unit}`, y, own, unit === 0 ? stride : 1, epsilon),
          )
        }
        return graph.layer('', y)
      })
    })
    const last = { ...outer, channels: top, kernel: 1 }
    return graph.layer('top', convNormActivation(building, `features.${stages.length + 1}`, y, last))
  }

const bicubic = 'bicubic' as const
const half: readonly [number, number, number] = [0.5, 0.5, 0.5]
const centred = { mean: half, deviation: half }

/** Plan, size, and how published weights want their images. */
const variants: Readonly<Record<string, readonly [Plan, number, Architecture['published']]>> = {
  efficientnet_b0: [scaled(1, 1), 224, { resize: 256, interpolation: bicubic }],
  efficientnet_b1: [scaled(1, 1.1), 240, { resize: 256, interpolation: bicubic }],
  efficientnet_b2: [scaled(1.1, 1.2), 288, { resize: 288, interpolation: bicubic }],
  efficientnet_b3: [scaled(1.2, 1.4), 300, { resize: 320, interpolation: bicubic }],
  efficientnet_b4: [scaled(1.4, 1.8), 380, { resize: 384, interpolation: bicubic }],
  efficientnet_b5: [scaled(1.6, 2.2, 1e-3), 456, { resize: 456, interpolation: bicubic }],
  efficientnet_b6: [scaled(1.8, 2.6, 1e-3), 528, { resize: 528, interpolation: bicubic }],
  efficientnet_b7: [scaled(2, 3.1, 1e-3), 600, { resize: 600, interpolation: bicubic }],
  efficientnet_v2_s: [
    second(
      ['f', 1, 3, 1, 24, 2],
      ['f', 4, 3, 2, 48, 4],
      ['f', 4, 3, 2, 64, 4],
      ['i', 4, 3, 2, 128, 6],
      ['i', 6, 3, 1, 160, 9],
      ['i', 6, 3, 2, 256, 15],
    ),
    384,
    { resize: 384 },
  ],
  efficientnet_v2_m: [
    second(
      ['f', 1, 3, 1, 24, 3],
      ['f', 4, 3, 2, 48, 5],
      ['f', 4, 3, 2, 80, 5],
      ['i', 4, 3, 2, 160, 7],
      ['i', 6, 3, 1, 176, 14],
      ['i', 6, 3, 2, 304, 18],
      ['i', 6, 3, 1, 512, 5],
    ),
    480,
    { resize: 480 },
  ],
  efficientnet_v2_l: [
    second(
      ['f', 1, 3, 1, 32, 4],
      ['f', 4, 3, 2, 64, 7],
      ['f', 4, 3, 2, 96, 7],
      ['i', 4, 3, 2, 192, 10],
      ['i', 6, 3, 1, 224, 19],
      ['i', 6, 3, 2, 384, 25],
      ['i', 6, 3, 1, 640, 7],
    ),
    480,
    { resize: 480, interpolation: bicubic, ...centred },
  ],
}

export const efficientnets: readonly Architecture[] = Object.entries(variants).map(
  ([name, [plan, size, published]]) => ({
    name,
    trunk: trunk(plan),
    outputStrides: [32, 16, 8],
    size,
    minimumSize: 32,
    classifier: 'classifier.1',
    headStart: outputs => ({ weight: { uniform: 1 / Math.sqrt(outputs) }, bias: 'zeros' }),
    published,
  }),
)
