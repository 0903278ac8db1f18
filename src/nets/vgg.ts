/**
 * VGG (Simonyan and Zisserman 2015), with and without batch normalisation, and AlexNet in torchvision's form (Krizhevsky
 * 2014), under torchvision's names. Behind the maps stand two linear layers of 4096 that see all places, so the head is
 * not linear on the mean of the maps.
 *
 * Layers: `stage1` to `stage5`, each pooled at its end, `stage3.conv2` and the like within; `fc6`, `fc7`.
 */
import type { Value } from '../graph/graph.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { flatten } from '../graph/ops/layout.ts'
import { maxPool } from '../graph/ops/pooling.ts'
import { adaptivePool } from './adaptive-pool.ts'
import type { Architecture, Trunk } from './architecture.ts'
import {
  type Building,
  batchNormLayer,
  type ConvolutionLayer,
  convolutionLayer,
  type LinearStart,
  linearLayer,
} from './building.ts'

const width = 4096

/** Two linear layers with ReLU on maps of a fixed size, `classifier.<first>` and `classifier.<second>`. */
function wideLayers(
  building: Building,
  features: Value,
  side: number,
  [first, second]: readonly [number, number],
  start: LinearStart,
): Value {
  const { graph } = building
  const flat = flatten(adaptivePool(features, side))
  const fc6 = graph.layer('fc6', relu(linearLayer(building, `classifier.${first}`, flat, width, start)))
  return graph.layer('fc7', relu(linearLayer(building, `classifier.${second}`, fc6, width, start)))
}

const vggStart: LinearStart = { weight: { normal: 0.01 }, bias: 'zeros' }

/** Convolutions of each stage. */
const stages = {
  11: [1, 1, 2, 2, 2],
  13: [2, 2, 2, 2, 2],
  16: [2, 2, 3, 3, 3],
  19: [2, 2, 4, 4, 4],
} as const

/** x (n, 3, h, w) -> features (n, 512, h / 32, w / 32) and a vector (n, 4096). */
const vggTrunk =
  (counts: readonly number[], normed: boolean) =>
  (building: Building, x: Value): Trunk => {
    const { graph } = building
    let y = x
    // torchvision counts convolutions, normalisations, activations and pools through.
    let at = 0
    counts.forEach((count, stage) => {
      y = graph.scope(`stage${stage + 1}`, () => {
        for (let index = 1; index <= count; index++) {
          const layer = { channels: Math.min(64 * 2 ** stage, 512), kernel: 3, pads: 1, bias: true }
          y = convolutionLayer(building, `features.${at++}`, y, layer)
          if (normed) y = batchNormLayer(building, `features.${at++}`, y)
          y = graph.layer(`conv${index}`, relu(y))
          at++
        }
        at++
        return graph.layer('', maxPool(y, { kernel: 2 }))
      })
    })
    return { features: y, vector: wideLayers(building, y, 7, [0, 3], vggStart) }
  }

/** x (n, 3, h, w) -> features (n, 256, about h / 32, about w / 32) and a vector (n, 4096). */
function alexnetTrunk(building: Building, x: Value): Trunk {
  const { graph } = building
  // torchvision leaves AlexNet to PyTorch's own start.
  const convolve = (index: number, y: Value, layer: ConvolutionLayer & { kernel: number }) => {
    const uniform = 1 / Math.sqrt(y.shape[1] * layer.kernel ** 2)
    return relu(
      convolutionLayer(building, `features.${index}`, y, { ...layer, bias: true, initial: { uniform } }),
    )
  }
  const pool = (y: Value) => maxPool(y, { kernel: 3, stride: 2 })
  const conv1 = graph.layer('conv1', convolve(0, x, { channels: 64, kernel: 11, stride: 4, pads: 2 }))
  const conv2 = graph.layer('conv2', convolve(3, pool(conv1), { channels: 192, kernel: 5, pads: 2 }))
  const conv3 = graph.layer('conv3', convolve(6, pool(conv2), { channels: 384, kernel: 3, pads: 1 }))
  const conv4 = graph.layer('conv4', convolve(8, conv3, { channels: 256, kernel: 3, pads: 1 }))
  const conv5 = graph.layer('conv5', convolve(10, conv4, { channels: 256, kernel: 3, pads: 1 }))
  const features = graph.layer('pool5', pool(conv5))
  return { features, vector: wideLayers(building, features, 6, [1, 4], {}) }
}

const depths = [11, 13, 16, 19] as const

export const vggs: readonly Architecture[] = [
  ...depths.flatMap(depth =>
    [false, true].map(normed => ({
      name: `vgg${depth}${normed ? '_bn' : ''}`,
      trunk: vggTrunk(stages[depth], normed),
      size: 224,
      minimumSize: 32,
      classifier: 'classifier.6',
      headStart: () => vggStart,
    })),
  ),
  { name: 'alexnet', trunk: alexnetTrunk, size: 224, minimumSize: 63, classifier: 'classifier.6' },
]
