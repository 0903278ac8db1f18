/**
 * SqueezeNet 1.1 (Iandola et al. 2016), under Caffe's names. It has no linear layer: a convolution makes a map
 * per class, and the mean of a map is the class's logit, so activation maps need nothing computed at all.
 */
import type { Value } from '../graph/graph.ts'
import { conv } from '../graph/ops/convolution.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { concat } from '../graph/ops/layout.ts'
import { type Building, parameter, stridesBehind } from './building.ts'
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

/** features -> a map for every class (n, width, h, w). */
export const squeezenetClassMaps = (building: Building, features: Value, width: number): Value =>
  caffeLayer(building, 'conv10', features, width, 1)
