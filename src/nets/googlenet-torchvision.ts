/**
 * GoogLeNet as torchvision has it: normalised, and with a 3x3 kernel where the paper has 5x5, as its weights came from
 * TensorFlow. Its training-time side branches are passed over. Layers: `conv1` to `conv3`, `inception3a` to
 * `inception5b` and their `branch1` to `branch4`.
 */
import type { Value } from '../graph/graph.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { concat } from '../graph/ops/layout.ts'
import { maxPool } from '../graph/ops/pooling.ts'
import type { Architecture } from './architecture.ts'
import {
  type Building,
  batchNormLayer,
  type ConvolutionLayer,
  convolutionLayer,
  stridesBehind,
} from './building.ts'
import { caffePool } from './caffe.ts'
import { inceptions } from './googlenet.ts'

const epsilon = 1e-3
const initial = { normal: 0.01 } as const

function convolve(
  building: Building,
  name: string,
  x: Value,
  layer: ConvolutionLayer & { kernel: number },
): Value {
  const pads = (layer.kernel - 1) / 2
  const convolved = convolutionLayer(building, `${name}.conv`, x, { ...layer, pads, initial })
  return relu(batchNormLayer(building, `${name}.bn`, convolved, epsilon))
}

function inception(building: Building, block: string, x: Value): Value {
  const { graph } = building
  const [one, reduce3, three, reduce5, five, pooled] = inceptions[block]
  const name = `inception${block}`
  const narrowed = (branch: string, reduced: number, channels: number) => {
    const narrow = convolve(building, `${name}.${branch}.0`, x, { channels: reduced, kernel: 1 })
    return convolve(building, `${name}.${branch}.1`, narrow, { channels, kernel: 3 })
  }
  return graph.scope(name, () => {
    const pool = maxPool(x, { kernel: 3, stride: 1, pads: 1, ceil: true })
    const branches = [
      convolve(building, `${name}.branch1`, x, { channels: one, kernel: 1 }),
      narrowed('branch2', reduce3, three),
      narrowed('branch3', reduce5, five),
      convolve(building, `${name}.branch4.1`, pool, { channels: pooled, kernel: 1 }),
    ]
    return graph.layer(
      '',
      concat(
        branches.map((branch, index) => graph.layer(`branch${index + 1}`, branch)),
        1,
      ),
    )
  })
}

/** x (n, 3, h, w) -> features (n, 1024, h / 32, w / 32), or of the output stride that is wanted. */
function trunk(building: Building, x: Value): Value {
  const { graph } = building
  let y = graph.layer('conv1', convolve(building, 'conv1', x, { channels: 64, kernel: 7, stride: 2 }))
  y = graph.layer('maxpool1', caffePool(y, 2))
  y = graph.layer('conv2', convolve(building, 'conv2', y, { channels: 64, kernel: 1 }))
  y = graph.layer('conv3', convolve(building, 'conv3', y, { channels: 192, kernel: 3 }))
  y = graph.layer('maxpool2', caffePool(y, 2))
  const strideOf = stridesBehind(8, building)
  for (const block of Object.keys(inceptions)) {
    y = inception(building, block, y)
    if (block === '3b') y = graph.layer('maxpool3', caffePool(y, strideOf(2)))
    if (block === '4e') {
      const stride = strideOf(2)
      y = graph.layer('maxpool4', stride === 1 ? caffePool(y, 1) : maxPool(y, { kernel: 2, ceil: true }))
    }
  }
  return y
}

/** Its weights came from TensorFlow, and so their images are those of Inception. */
export const googlenetTorchvision: Architecture = {
  name: 'googlenet-torchvision',
  trunk,
  outputStrides: [32, 16, 8],
  size: 224,
  minimumSize: 32,
  headStart: () => ({ weight: initial }),
  published: { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5], resize: 256 },
  superfluous: /^aux[12]\./,
}
