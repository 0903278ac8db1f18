/**
 * MNASNet (Tan et al. 2019, the variant B1), under torchvision's names. Running statistics move as in every network here;
 * torchvision's own training moved them much more slowly. Layers: `stem`, `stage1` to `stage6` and their `unit1`, ...,
 * with `.input`, `.branch`, `.shortcut` and `.sum` where a unit adds, `top`.
 */
import type { Value } from '../graph/graph.ts'
import { relu } from '../graph/ops/elementwise.ts'
import type { Architecture } from './architecture.ts'
import { convNorm, residualSum, roundedTo8 } from './blocks.ts'
import { type Building, stridesBehind } from './building.ts'

/** Channels, kernel, stride, widening, units. */
const stages = [
  [24, 3, 2, 3, 3],
  [40, 5, 2, 3, 3],
  [80, 5, 2, 6, 3],
  [96, 3, 1, 6, 2],
  [192, 5, 2, 6, 4],
  [320, 3, 1, 6, 1],
] as const

function unit(
  building: Building,
  name: string,
  x: Value,
  [channels, kernel, widening]: readonly number[],
  stride: number,
  adds: boolean,
): Value {
  const layers = `${name}.layers`
  const groups = widening * x.shape[1]
  const wide = relu(convNorm(building, layers, 0, x, { channels: groups, kernel: 1 }))
  const deep = relu(convNorm(building, layers, 3, wide, { channels: groups, kernel, stride, groups }))
  const narrow = convNorm(building, layers, 6, deep, { channels, kernel: 1 })
  return adds ? residualSum(building, x, narrow) : building.graph.layer('', narrow)
}

/** x (n, 3, h, w) -> features (n, 1280, h / 32, w / 32), or of the output stride that is wanted. */
const trunk =
  (width: number) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    const [first, thin] = [roundedTo8(32 * width), roundedTo8(16 * width)]
    const edge = relu(convNorm(building, 'layers', 0, x, { channels: first, kernel: 3, stride: 2 }))
    const deep = relu(convNorm(building, 'layers', 3, edge, { channels: first, kernel: 3, groups: first }))
    let y = graph.layer('stem', convNorm(building, 'layers', 6, deep, { channels: thin, kernel: 1 }))
    const strideOf = stridesBehind(2, building)
    stages.forEach(([channels, kernel, stride, widening, count], stage) => {
      const own = strideOf(stride)
      y = graph.scope(`stage${stage + 1}`, () => {
        for (let index = 0; index < count; index++) {
          const plan = [roundedTo8(channels * width), kernel, widening]
          y = graph.scope(`unit${index + 1}`, () =>
            unit(building, `layers.${8 + stage}.${index}`, y, plan, index === 0 ? own : 1, index > 0),
          )
        }
        return graph.layer('', y)
      })
    })
    return graph.layer('top', relu(convNorm(building, 'layers', 14, y, { channels: 1280, kernel: 1 })))
  }

/** With the side that published weights resize to. */
const widths: readonly (readonly [name: string, width: number, resize: number])[] = [
  ['mnasnet0_5', 0.5, 256],
  ['mnasnet0_75', 0.75, 232],
  ['mnasnet1_0', 1, 256],
  ['mnasnet1_3', 1.3, 232],
]

export const mnasnets: readonly Architecture[] = widths.map(([name, width, resize]) => ({
  name,
  trunk: trunk(width),
  outputStrides: [32, 16, 8],
  size: 224,
  minimumSize: 32,
  classifier: 'classifier.1',
  // He's uniform start by fan-out, at the gain of a sigmoid.
  headStart: outputs => ({ weight: { uniform: Math.sqrt(3 / outputs) }, bias: 'zeros' }),
  published: { resize },
}))
