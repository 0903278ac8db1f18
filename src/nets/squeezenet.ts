/**
 * SqueezeNet (Iandola et al. 2016): 1.1 under Caffe's names, 1.0 and 1.1 under torchvision's. It has no linear layer: a
 * convolution makes a map per class, and the mean of a map is the class's logit, so activation maps need nothing computed
 * at all. Layers of both makes: `conv1`, `pool1`, `fire2/concat` to `fire9/concat`.
 */
import type { Value } from '../graph/graph.ts'
import { conv } from '../graph/ops/convolution.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { concat } from '../graph/ops/layout.ts'
import type { Architecture } from './architecture.ts'
import { type Building, convolutionLayer, parameter, stridesBehind } from './building.ts'
import { caffeLayer, caffePool } from './caffe.ts'

/** Channels after the squeeze and after each half of the expansion, from fire2 on. */
const fires = [
  [16, 64],
  [16, 64],
  [32, 128],
  [32, 128],
  [48, 192],
  [48, 192],
  [64, 256],
  [64, 256],
] as const

/** x (n, 3, h, w) -> features (n, 512, h / 16, w / 16), or of the output stride that is wanted. */
export function squeezenetTrunk(building: Building, x: Value): Value {
  const { graph } = building
  const weight = parameter(building, 'conv1.weight_rgb', [64, 3, 3, 3], 'kaiming')
  const bias = parameter(building, 'conv1.bias', [64], 'zeros')
  let y = graph.layer('conv1', relu(conv(x, weight, { stride: 2, bias })))
  y = graph.layer('pool1', caffePool(y, 2))
  const strideOf = stridesBehind(4, building)
  fires.forEach(([squeeze, expand], index) => {
    const name = `fire${index + 2}`
    const squeezed = caffeLayer(building, `${name}/squeeze1x1`, y, squeeze, 1)
    const halves = ([1, 3] as const).map(kernel =>
      caffeLayer(building, `${name}/expand${kernel}x${kernel}`, squeezed, expand, kernel),
    )
    y = graph.layer(`${name}/concat`, concat(halves, 1))
    if (name === 'fire3' || name === 'fire5')
      y = graph.layer(`pool${name.slice(4)}`, caffePool(y, strideOf(2)))
  })
  return y
}

/** Channels of the fires, and behind which of them maps are pooled. */
const versions = {
  1.0: { first: { channels: 96, kernel: 7 }, pooled: [4, 8] },
  1.1: { first: { channels: 64, kernel: 3 }, pooled: [3, 5] },
} as const

/** The same under torchvision's names, which count activations and pools too, and its start (He et al., uniform). */
const torchvisionTrunk =
  (version: keyof typeof versions) =>
  (building: Building, x: Value): Value => {
    const { graph } = building
    const { first, pooled } = versions[version]
    const convolve = (
      name: string,
      y: Value,
      layer: { channels: number; kernel: number; stride?: number },
    ) => {
      const uniform = Math.sqrt(6 / (y.shape[1] * layer.kernel ** 2))
      const pads = name === 'features.0' ? 0 : (layer.kernel - 1) / 2
      return relu(convolutionLayer(building, name, y, { ...layer, pads, bias: true, initial: { uniform } }))
    }
    let y = graph.layer('conv1', convolve('features.0', x, { ...first, stride: 2 }))
    y = graph.layer('pool1', caffePool(y, 2))
    const strideOf = stridesBehind(4, building)
    let at = 3
    fires.forEach(([squeeze, channels], index) => {
      const name = `features.${at++}`
      const squeezed = convolve(`${name}.squeeze`, y, { channels: squeeze, kernel: 1 })
      const halves = ([1, 3] as const).map(kernel =>
        convolve(`${name}.expand${kernel}x${kernel}`, squeezed, { channels, kernel }),
      )
      y = graph.layer(`fire${index + 2}/concat`, concat(halves, 1))
      if (pooled.every(fire => fire !== index + 2)) return
      y = graph.layer(`pool${index + 2}`, caffePool(y, strideOf(2)))
      at++
    })
    return y
  }

export const squeezenetsTorchvision: readonly Architecture[] = ([1.0, 1.1] as const).map(version => ({
  name: version === 1.0 ? 'squeezenet1_0' : 'squeezenet1_1-torchvision',
  trunk: torchvisionTrunk(version),
  outputStrides: [16, 8],
  size: 224,
  minimumSize: 32,
  classifier: 'classifier.1',
  classMaps: (building, features, width) => {
    const layer = { channels: width, kernel: 1, bias: true, initial: { normal: 0.01 } }
    return relu(convolutionLayer(building, 'classifier.1', features, layer))
  },
}))

/** features -> a map for every class (n, width, h, w). */
export const squeezenetClassMaps = (building: Building, features: Value, width: number): Value =>
  caffeLayer(building, 'conv10', features, width, 1)
