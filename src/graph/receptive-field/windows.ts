/** Places behind a sliding window: convolution, its transpose, and pooling. */
import type { Node, Value } from '../graph.ts'
import { integersAttribute } from '../ops/rule.ts'
import {
  both,
  extentOf,
  isStillAxis,
  type Knowledge,
  lost,
  type Places,
  reducedAxis,
  shifted,
  singleFactor,
  stillAxis,
} from './places.ts'

/** Element i of the new axis looks where element start + i * stride of the old one did; both may be fractions. */
export function strided(
  places: Places,
  at: number,
  stride: number,
  start: number,
  extent: number,
): Knowledge {
  const axis = places.axes[at]
  if (isStillAxis(axis)) return { ...places, axes: places.axes.with(at, stillAxis(extent)) }
  const factor = singleFactor(axis)
  if (!factor) return lost
  return {
    ...places,
    origin: shifted(places.origin, factor, start),
    axes: places.axes.with(at, { factors: [{ extent, step: both(side => factor.step[side] * stride) }] }),
  }
}

/**
 * Output i sees the inputs i * stride - pad + 0 ... dilation * (kernel - 1), whose middle is its centre. A transposed
 * convolution is the same relation read backwards.
 */
export function windows(node: Node, places: Places, { shape }: Value): Knowledge {
  const isTransposed = node.op === 'ConvTranspose'
  const kernel = integersAttribute(node, 'kernel_shape') ?? node.inputs[1]!.shape.slice(2)
  const of = (name: string, fallback: number) => integersAttribute(node, name) ?? kernel.map(() => fallback)
  const strides = of('strides', 1)
  const dilations = of('dilations', 1)
  const pads = integersAttribute(node, 'pads') ?? [...kernel, ...kernel].map(() => 0)
  const mixes = node.op.startsWith('Conv')
  const channels = mixes ? reducedAxis(places, 1) : places
  const start: Knowledge = mixes
    ? { ...channels, axes: channels.axes.with(1, stillAxis(shape[1])) }
    : channels
  return kernel.reduce<Knowledge>((result, size, axis) => {
    if (!result || result === lost) return result
    const middle = (dilations[axis] * (size - 1)) / 2 - pads[axis]
    const [stride, first] = isTransposed
      ? [1 / strides[axis], -middle / strides[axis]]
      : [strides[axis], middle]
    if (stride === 1 && first === 0 && shape[axis + 2] === extentOf(result.axes[axis + 2])) return result
    return strided(result, axis + 2, stride, first, shape[axis + 2])
  }, start)
}
