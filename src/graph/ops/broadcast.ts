/** NumPy's broadcasting: the common shape of two operands, and the gradient's way back to an operand's shape. */
import type { Value } from '../graph.ts'
import type { Shape } from '../tensor.ts'
import { reduceSum, reshape } from './summation.ts'

/** The shape that two shapes broadcast to (NumPy's rule), or undefined where they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    if (left !== right && left !== 1 && right !== 1) return undefined
    shape.push(left === 1 ? right : left)
  }
  return shape
}

/** Sums a gradient over the axes along which an operand of the given shape was broadcast. */
export function unbroadcast(gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length
  const axes = gradient.shape.flatMap((extent, axis) =>
    axis < extra || (shape[axis - extra] === 1 && extent !== 1) ? [axis] : [],
  )
  const summed = axes.length ? reduceSum(gradient, axes) : gradient
  return reshape(summed, shape)
}
