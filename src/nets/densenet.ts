/**
 * Densely connected networks (Huang et al. 2017), under torchvision's names: every layer sees the outputs of all before
 * it in its block. Layers: `stem`, `block1` to `block4` and their `layer1`, ..., `transition1` to `transition3`, `top`.
 */
import type { Value } from '../graph/graph.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { concat } from '../graph/ops/layout.ts'
import { averagePool, maxPool } from '../graph/ops/pooling.ts'
import type { Tensor } from '../graph/tensor.ts'
import type { Architecture } from './architecture.ts'
import { type Building, batchNormLayer, type ConvolutionLayer, convolutionLayer } from './building.ts'

interface Plan {
  /** channels that each layer adds */
  growth: number
  /** layers of each block */
  blocks: readonly number[]
  /** channels of the stem */
  first: number
}

/** Kernels start by He et al. 2015 with the fan-in, here. */
function convolve(
  building: Building,
  name: string,
  x: Value,
  layer: ConvolutionLayer & { kernel: number },
): Value {
  const initial = { normal: Math.sqrt(2 / (x.shape[1] * layer.kernel ** 2)) }
  return convolutionLayer(building, name, x, { ...layer, initial })
}

function denseLayer(building: Building, name: string, x: Value, growth: number): Value {
  const part = (index: 1 | 2, y: Value, layer: ConvolutionLayer & { kernel: number }) =>
    convolve(
      building,
      `${name}.conv${index}`,
      relu(batchNormLayer(building, `${name}.norm${index}`, y)),
      layer,
    )
  const narrow = part(1, x, { channels: 4 * growth, kernel: 1 })
  return part(2, narrow, { channels: growth, kernel: 3, pads: 1 })
}

/** x (n, 3, h, w) -> features (n, c, h / 32, w / 32), normalised and rectified. */
const trunk =
  ({ growth, blocks, first }: Plan) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    const stem = convolve(building, 'features.conv0', x, { channels: first, kernel: 7, stride: 2, pads: 3 })
    const rectified = relu(batchNormLayer(building, 'features.norm0', stem))
    let y = graph.layer('stem', maxPool(rectified, { kernel: 3, stride: 2, pads: 1 }))
    blocks.forEach((count, block) => {
      y = graph.scope(`block${block + 1}`, () => {
        for (let index = 1; index <= count; index++) {
          const own = denseLayer(building, `features.denseblock${block + 1}.denselayer${index}`, y, growth)
          y = concat([y, graph.layer(`layer${index}`, own)], 1)
        }
        return graph.layer('', y)
      })
      if (block === blocks.length - 1) return
      const name = `features.transition${block + 1}`
      const normal = relu(batchNormLayer(building, `${name}.norm`, y))
      const halved = convolve(building, `${name}.conv`, normal, { channels: y.shape[1] / 2, kernel: 1 })
      y = graph.layer(`transition${block + 1}`, averagePool(halved, { kernel: 2 }))
    })
    return graph.layer('top', relu(batchNormLayer(building, 'features.norm5', y)))
  }

/** Published weights are older than the rule that names have no points: `denselayer1.norm.1` is `denselayer1.norm1`. */
const adopt = (name: string, tensor: Tensor): readonly [string, Tensor] => [
  name.replace(/(denselayer\d+\.(?:norm|conv))\.([12]\.)/, '$1$2'),
  tensor,
]

const plans: Readonly<Record<string, Plan>> = {
  densenet121: { growth: 32, blocks: [6, 12, 24, 16], first: 64 },
  densenet161: { growth: 48, blocks: [6, 12, 36, 24], first: 96 },
  densenet169: { growth: 32, blocks: [6, 12, 32, 32], first: 64 },
  densenet201: { growth: 32, blocks: [6, 12, 48, 32], first: 64 },
}

export const densenets: readonly Architecture[] = Object.entries(plans).map(([name, plan]) => ({
  name,
  trunk: trunk(plan),
  size: 224,
  minimumSize: 32,
  classifier: 'classifier',
  headStart: () => ({ bias: 'zeros' }),
  adopt,
}))
