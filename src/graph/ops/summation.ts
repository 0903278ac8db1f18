/**
 * Reshaping and sums over axes: what takes a gradient back to the shape of a broadcast operand. Every other file of
 * operators builds on these two, so they stand below; their own rules are in `layout.ts` and `reduce.ts`.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { elementsOf, operatorError, type Value } from '../graph.ts'
import { int64, type Shape, sizeOf } from '../tensor.ts'

/** A list of whole numbers as a constant of the graph. */
export const integerConstant = (x: Value, list: readonly number[]): Value =>
  x.graph.constant(int64([list.length], list))

/** Same elements in another shape; one extent may be -1 and is worked out. */
export function reshape(x: Value, shape: Shape): Value {
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1)
  const full = shape.map(extent => (extent === -1 ? elementsOf(x) / known : extent))
  if (sizeOf(full) !== elementsOf(x) || !full.every(Number.isInteger))
    throw operatorError('Reshape', `cannot make [${shape}] of it`, [x])
  if (full.length === x.shape.length && full.every((extent, axis) => extent === x.shape[axis])) return x
  return x.graph.node('Reshape', [x, integerConstant(x, full)], [{ shape: full }], {
    attributes: { allowzero: 1 },
  })[0]
}

/** Counted from the end where it is negative. */
export function normaliseAxis(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis
  if (Number.isInteger(at) && at >= 0 && at < rank) return at
  throw new GlasshouseError({
    code: 'bad-axis',
    what: `axis ${axis} is beyond the ${rank} axes of the value`,
  })
}

export function normaliseAxes(axes: readonly number[] | undefined, rank: number): number[] {
  if (!axes || axes.length === 0) return Array.from({ length: rank }, (_, axis) => axis)
  return axes.map(axis => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
}

export const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))

/** A reducing operator of this name; the reduced axes stay as extents of 1 where `keep` is set. */
export function reduce(op: string, x: Value, axes: readonly number[] | undefined, keep: boolean): Value {
  const normal = normaliseAxes(axes, x.shape.length)
  if (normal.some((axis, index) => !(axis >= 0 && axis < x.shape.length) || axis === normal[index - 1])) {
    throw operatorError(op, `the axes [${axes}] do not fit`, [x])
  }
  if (normal.length === 0) return x
  const shape = keep ? keptShape(x.shape, normal) : x.shape.filter((_, axis) => !normal.includes(axis))
  const axesValue = x.graph.constant(int64([normal.length], normal))
  return x.graph.node(op, [x, axesValue], [{ shape }], { attributes: { keepdims: keep ? 1 : 0 } })[0]
}

export const reduceSum = (x: Value, axes?: readonly number[], keep = false): Value =>
  reduce('ReduceSum', x, axes, keep)
