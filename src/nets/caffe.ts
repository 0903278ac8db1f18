/** What the networks of Caffe share: GoogLeNet and SqueezeNet. */
import type { Value } from '../graph/graph.ts'
import { relu } from '../graph/ops/elementwise.ts'
import { maxPool } from '../graph/ops/pooling.ts'
import { type Building, convolutionLayer } from './building.ts'

/** A convolution with ReLU that keeps the extent, under Caffe's name. */
export const caffeLayer = (
  building: Building,
  name: string,
  x: Value,
  channels: number,
  kernel: number,
): Value =>
  building.graph.layer(
    name,
    relu(convolutionLayer(building, name, x, { channels, kernel, pads: (kernel - 1) / 2, bias: true })),
  )

/** Pooling of windows of 3: a last, partial window counts. At stride 1 the extent is kept. */
export const caffePool = (x: Value, stride: number): Value =>
  maxPool(x, stride === 1 ? { kernel: 3, stride, pads: 1 } : { kernel: 3, stride, ceil: true })
