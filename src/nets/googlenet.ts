/**
 * BVLC GoogLeNet (Szegedy et al. 2015, as trained with Caffe): the network of the first deep dreams, without its
 * training-time side branches. Layers carry Caffe's names, so `mixed4c` of the posts is `inception_4c/output`.
 *
 * Caffe fed it BGR; here it takes RGB like every other network: the first convolution's weights are turned round
 * as they are read, and have a name of their own for that (`.weight_rgb`).
 */
import type { Value } from '../graph/graph.ts'
import { conv } from '../graph/ops/convolution.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { concat } from '../graph/ops/layout.ts'
import { localResponseNorm } from '../graph/ops/normalisation.ts'
import { maxPool } from '../graph/ops/pooling.ts'
import { type Building, parameter, stridesBehind } from './building.ts'
import { caffeLayer, caffePool } from './caffe.ts'

/** Channels of the six convolutions: 1x1, 3x3 with its reduction, 5x5 with its reduction, after pooling. */
export const inceptions: Readonly<Record<string, readonly [number, number, number, number, number, number]>> =
  {
    '3a': [64, 96, 128, 16, 32, 32],
    '3b': [128, 128, 192, 32, 96, 64],
    '4a': [192, 96, 208, 16, 48, 64],
    '4b': [160, 112, 224, 24, 64, 64],
    '4c': [128, 128, 256, 24, 64, 64],
    '4d': [112, 144, 288, 32, 64, 64],
    '4e': [256, 160, 320, 32, 128, 128],
    '5a': [256, 160, 320, 32, 128, 128],
    '5b': [384, 192, 384, 48, 128, 128],
  }

function inception(building: Building, name: string, x: Value): Value {
  const at = (part: string) => `inception_${name}/${part}`
  const [one, reduce3, three, reduce5, five, pooled] = inceptions[name]
  const reduced = (part: string, channels: number) => caffeLayer(building, at(part), x, channels, 1)
  const { graph } = building
  const pool = graph.layer(at('pool'), maxPool(x, { kernel: 3, stride: 1, pads: 1 }))
  return graph.layer(
    at('output'),
    concat(
      [
        reduced('1x1', one),
        caffeLayer(building, at('3x3'), reduced('3x3_reduce', reduce3), three, 3),
        caffeLayer(building, at('5x5'), reduced('5x5_reduce', reduce5), five, 5),
        caffeLayer(building, at('pool_proj'), pool, pooled, 1),
      ],
      1,
    ),
  )
}

/** x (n, 3, h, w) -> features (n, 1024, h / 32, w / 32), or of the output stride that is wanted. */
export function googlenetTrunk(building: Building, x: Value): Value {
  const { graph } = building
  const weight = parameter(building, 'conv1/7x7_s2.weight_rgb', [64, 3, 7, 7], 'kaiming')
  const bias = parameter(building, 'conv1/7x7_s2.bias', [64], 'zeros')
  let y = graph.layer('conv1/7x7_s2', relu(conv(x, weight, { stride: 2, pads: 3, bias })))
  y = graph.layer('pool1/3x3_s2', caffePool(y, 2))
  y = graph.layer('pool1/norm1', localResponseNorm(y, 5))
  y = caffeLayer(building, 'conv2/3x3_reduce', y, 64, 1)
  y = caffeLayer(building, 'conv2/3x3', y, 192, 3)
  y = graph.layer('conv2/norm2', localResponseNorm(y, 5))
  y = graph.layer('pool2/3x3_s2', caffePool(y, 2))
  const strideOf = stridesBehind(8, building)
  for (const name of Object.keys(inceptions)) {
    y = inception(building, name, y)
    if (name !== '3b' && name !== '4e') continue
    y = graph.layer(name === '3b' ? 'pool3/3x3_s2' : 'pool4/3x3_s2', caffePool(y, strideOf(2)))
  }
  return y
}
