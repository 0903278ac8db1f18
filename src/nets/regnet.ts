/**
 * RegNet (Radosavovic et al. 2020), under torchvision's names: bottlenecks of one width per stage whose 3x3 convolutions
 * go by groups; those called Y weight their channels too. Widths and depths are what the paper's rule gives.
 * Layers: `stem`, `stage1` to `stage4` and their `unit1`, ..., with `.input`, `.branch`, `.shortcut`, `.sum`.
 */
import type { Value } from '../graph/graph.ts'
import { relu } from '../graph/ops/elementwise.ts'
import type { Architecture } from './architecture.ts'
import { convNormActivation, residualSum, squeezeExcitation } from './blocks.ts'
import { type Building, stridesBehind } from './building.ts'

interface Plan {
  units: readonly number[]
  channels: readonly number[]
  /** channels of a group, at most those of the stage */
  groupWidth: number
}

function unit(
  building: Building,
  name: string,
  x: Value,
  channels: number,
  stride: number,
  { groupWidth, weights }: { groupWidth: number; weights: boolean },
): Value {
  const { graph } = building
  const groups = channels / Math.min(groupWidth, channels)
  const inner = { channels, activation: 'relu' } as const
  const outer = { channels, kernel: 1, activation: 'none' } as const
  const narrow = convNormActivation(building, `${name}.f.a`, x, { ...inner, kernel: 1 })
  let y = convNormActivation(building, `${name}.f.b`, narrow, { ...inner, kernel: 3, stride, groups })
  if (weights) y = squeezeExcitation(building, `${name}.f.se`, y, Math.round(x.shape[1] / 4), 'relu')
  const branch = convNormActivation(building, `${name}.f.c`, y, outer)
  const isSame = stride === 1 && x.shape[1] === channels
  const shortcut = isSame ? x : convNormActivation(building, `${name}.proj`, x, { ...outer, stride })
  const output = relu(residualSum(building, x, branch, shortcut))
  return graph.layer('', graph.layer('output', output))
}

/** x (n, 3, h, w) -> features (n, c, h / 32, w / 32), or of the output stride that is wanted. */
const trunk =
  ({ units, channels, groupWidth }: Plan, weights: boolean) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    const stem = { channels: 32, kernel: 3, stride: 2, activation: 'relu' } as const
    let y = graph.layer('stem', convNormActivation(building, 'stem', x, stem))
    const strideOf = stridesBehind(2, building)
    units.forEach((count, stage) => {
      const first = strideOf(2)
      y = graph.scope(`stage${stage + 1}`, () => {
        for (let index = 0; index < count; index++) {
          const name = `trunk_output.block${stage + 1}.block${stage + 1}-${index}`
          const stride = index === 0 ? first : 1
          y = graph.scope(`unit${index + 1}`, () =>
            unit(building, name, y, channels[stage], stride, { groupWidth, weights }),
          )
        }
        return graph.layer('', y)
      })
    })
    return y
  }

/** Units and channels of each stage, channels of a group. */
const variants: Readonly<Record<string, readonly [readonly number[], readonly number[], number]>> = {
  regnet_y_400mf: [[1, 3, 6, 6], [48, 104, 208, 440], 8],
  regnet_y_800mf: [[1, 3, 8, 2], [64, 144, 320, 784], 16],
  regnet_y_1_6gf: [[2, 6, 17, 2], [48, 120, 336, 888], 24],
  regnet_y_3_2gf: [[2, 5, 13, 1], [72, 216, 576, 1512], 24],
  regnet_y_8gf: [[2, 4, 10, 1], [224, 448, 896, 2016], 56],
  regnet_y_16gf: [[2, 4, 11, 1], [224, 448, 1232, 3024], 112],
  regnet_y_32gf: [[2, 5, 12, 1], [232, 696, 1392, 3712], 232],
  regnet_x_400mf: [[1, 2, 7, 12], [32, 64, 160, 400], 16],
  regnet_x_800mf: [[1, 3, 7, 5], [64, 128, 288, 672], 16],
  regnet_x_1_6gf: [[2, 4, 10, 2], [72, 168, 408, 912], 24],
  regnet_x_3_2gf: [[2, 6, 15, 2], [96, 192, 432, 1008], 48],
  regnet_x_8gf: [[2, 5, 15, 1], [80, 240, 720, 1920], 120],
  regnet_x_16gf: [[2, 6, 13, 1], [256, 512, 896, 2048], 128],
  regnet_x_32gf: [[2, 7, 13, 1], [336, 672, 1344, 2520], 168],
}

export const regnets: readonly Architecture[] = Object.entries(variants).map(
  ([name, [units, channels, groupWidth]]) => ({
    name,
    trunk: trunk({ units, channels, groupWidth }, name.startsWith('regnet_y')),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
    headStart: () => ({ weight: { normal: 0.01 }, bias: 'zeros' }),
  }),
)
