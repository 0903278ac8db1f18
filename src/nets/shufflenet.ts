/**
 * ShuffleNetV2 (Ma et al. 2018), under torchvision's names: half of the channels go through a branch, then both halves
 * are shuffled. Layers: `stem`, `stage2` to `stage4` as the paper counts, their `unit1`, ... with `.branch`, `top`.
 */
import type { Value } from '../graph/graph.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { concat, reshape, split, transpose } from '../graph/ops/layout.ts'
import { maxPool } from '../graph/ops/pooling.ts'
import type { Architecture } from './architecture.ts'
import { convNorm } from './blocks.ts'
import type { Building, ConvolutionLayer } from './building.ts'

/** Started as PyTorch's own convolutions. */
function ownConvNorm(
  building: Building,
  name: string,
  at: number,
  x: Value,
  layer: ConvolutionLayer & { kernel: number },
): Value {
  const initial = { uniform: 1 / Math.sqrt((x.shape[1] / (layer.groups ?? 1)) * layer.kernel ** 2) }
  return convNorm(building, name, at, x, { ...layer, initial })
}

/** Channels a1 a2 ... b1 b2 ... become a1 b1 a2 b2 ... */
function shuffled(x: Value): Value {
  const [n, c, h, w] = x.shape
  return reshape(transpose(reshape(x, [n, 2, c / 2, h, w]), [0, 2, 1, 3, 4]), [n, c, h, w])
}

function unit(building: Building, name: string, x: Value, channels: number, stride: number): Value {
  const { graph } = building
  const half = channels / 2
  const [kept, turned] = stride === 1 ? split(x, [half, half], 1) : [x, x]
  const branch2 = `${name}.branch2`
  const first = relu(ownConvNorm(building, branch2, 0, turned, { channels: half, kernel: 1 }))
  const deep = ownConvNorm(building, branch2, 3, first, { channels: half, kernel: 3, stride, groups: half })
  const branch = relu(ownConvNorm(building, branch2, 5, deep, { channels: half, kernel: 1 }))
  graph.layer('branch', branch)
  if (stride === 1) return graph.layer('', shuffled(concat([kept, branch], 1)))
  const inputs = x.shape[1]
  const branch1 = `${name}.branch1`
  const own = ownConvNorm(building, branch1, 0, kept, { channels: inputs, kernel: 3, stride, groups: inputs })
  const other = relu(ownConvNorm(building, branch1, 2, own, { channels: half, kernel: 1 }))
  return graph.layer('', shuffled(concat([other, branch], 1)))
}

const counts = [4, 8, 4]

/** x (n, 3, h, w) -> features (n, c, h / 32, w / 32). */
const trunk =
  (channels: readonly number[]) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    const edge = relu(ownConvNorm(building, 'conv1', 0, x, { channels: 24, kernel: 3, stride: 2 }))
    let y = graph.layer('stem', maxPool(edge, { kernel: 3, stride: 2, pads: 1 }))
    counts.forEach((count, index) => {
      const stage = `stage${index + 2}`
      y = graph.scope(stage, () => {
        for (let at = 0; at < count; at++)
          y = graph.scope(`unit${at + 1}`, () =>
            unit(building, `${stage}.${at}`, y, channels[index], at === 0 ? 2 : 1),
          )
        return graph.layer('', y)
      })
    })
    return graph.layer(
      'top',
      relu(ownConvNorm(building, 'conv5', 0, y, { channels: channels[3], kernel: 1 })),
    )
  }

/** Channels of the stages and of the top; the side that published weights resize to. */
const variants: readonly (readonly [name: string, channels: readonly number[], resize: number])[] = [
  ['shufflenet_v2_x0_5', [48, 96, 192, 1024], 256],
  ['shufflenet_v2_x1_0', [116, 232, 464, 1024], 256],
  ['shufflenet_v2_x1_5', [176, 352, 704, 1024], 232],
  ['shufflenet_v2_x2_0', [244, 488, 976, 2048], 232],
]

export const shufflenets: readonly Architecture[] = variants.map(([name, channels, resize]) => ({
  name,
  trunk: trunk(channels),
  size: 224,
  minimumSize: 32,
  published: { resize },
}))
