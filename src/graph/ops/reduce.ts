/**
 * Reductions over axes, and their gradients. Axes count from the end where negative; none given means all.
 * The reduced axes stay as extents of 1 where `keep` is set.
 */
import { type Node, operatorError, type Value } from '../graph.ts'
import { int64, type Shape } from '../tensor.ts'
import { cast, div, equal, exp, mul, sign, sub } from './elementwise.ts'
import { expand, reshape } from './layout.ts'
import { integerAttribute, integersAttribute, type RuleContext, type Rules } from './rule.ts'

export function normaliseAxes(axes: readonly number[] | undefined, rank: number): number[] {
  if (!axes || axes.length === 0) return Array.from({ length: rank }, (_, axis) => axis)
  return axes.map(axis => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
}

const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))

function reduce(op: string, x: Value, axes: readonly number[] | undefined, keep: boolean): Value {
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
export const reduceMean = (x: Value, axes?: readonly number[], keep = false): Value =>
  reduce('ReduceMean', x, axes, keep)
export const reduceMax = (x: Value, axes?: readonly number[], keep = false): Value =>
  reduce('ReduceMax', x, axes, keep)
export const reduceMin = (x: Value, axes?: readonly number[], keep = false): Value =>
  reduce('ReduceMin', x, axes, keep)
export const reduceSumSquare = (x: Value, axes?: readonly number[], keep = false): Value =>
  reduce('ReduceSumSquare', x, axes, keep)
export const reduceL2 = (x: Value, axes?: readonly number[], keep = false): Value =>
  reduce('ReduceL2', x, axes, keep)

/** Index (int64) of the first largest element along an axis, whose extent becomes 1 or goes. */
export function argMax(x: Value, axis: number, keep = false): Value {
  const normal = axis < 0 ? axis + x.shape.length : axis
  const shape = keep ? keptShape(x.shape, [normal]) : x.shape.filter((_, other) => other !== normal)
  return x.graph.node('ArgMax', [x], [{ shape, dtype: 'int64' }], {
    attributes: { axis: normal, keepdims: keep ? 1 : 0 },
  })[0]
}

/** The k largest elements along the last axis and where they stand (int64), the largest first; ties by index. */
export function topK(x: Value, k: number): { values: Value; indices: Value } {
  const shape = [...x.shape.slice(0, -1), k]
  const [values, indices] = x.graph.node(
    'TopK',
    [x, x.graph.constant(int64([1], [k]))],
    [{ shape }, { shape, dtype: 'int64' }],
    { attributes: { axis: x.shape.length - 1 } },
  )
  return { values, indices }
}

/** Sums of all elements up to and with each, along the last axis. */
export const cumulativeSum = (x: Value): Value =>
  x.graph.node('CumSum', [x, x.graph.constant(x.shape.length - 1, 'int64')], [{ shape: x.shape }])[0]

/** The reduced axes of a node, from its axes input or its attribute. */
function axesOf(node: Node): number[] {
  const [x, axes] = node.inputs
  const listed = axes && x!.graph.constantOf(axes)
  if (axes && !listed) throw operatorError(node.op, 'the axes must be constant', node.inputs)
  const given = listed ? Array.from(listed.data as BigInt64Array, Number) : integersAttribute(node, 'axes')
  if (!given?.length && integerAttribute(node, 'noop_with_empty_axes', 0)) return []
  return normaliseAxes(given, x!.shape.length)
}

/** The gradient, and the output where asked, with the reduced axes back as extents of 1. */
function restored({ node, inputs: [x] }: RuleContext, value: Value): Value {
  return reshape(value, keptShape(x.shape, axesOf(node)))
}

const reducedCount = ({ node, inputs: [x] }: RuleContext): number =>
  axesOf(node).reduce((count, axis) => count * x.shape[axis], 1)

/** Equal extrema share the gradient equally, as PyTorch's amax and amin do. */
const extremum = (c: RuleContext): [Value] => {
  const [x] = c.inputs
  const wins = cast(equal(x, restored(c, c.output)), x.dtype)
  return [mul(div(restored(c, c.gradient), reduceSum(wins, axesOf(c.node), true)), wins)]
}

export const rules: Rules = {
  ReduceSum: c => [expand(restored(c, c.gradient), c.inputs[0].shape)],
  ReduceMean: c => [expand(div(restored(c, c.gradient), reducedCount(c)), c.inputs[0].shape)],
  ReduceMax: extremum,
  ReduceMin: extremum,
  ReduceSumSquare: c => [mul(mul(restored(c, c.gradient), 2), c.inputs[0])],
  ReduceL1: c => [mul(restored(c, c.gradient), sign(c.inputs[0]))],
  ReduceL2: c => [mul(div(restored(c, c.gradient), restored(c, c.output)), c.inputs[0])],
  ReduceLogSum: c => [
    expand(div(restored(c, c.gradient), reduceSum(c.inputs[0], axesOf(c.node), true)), c.inputs[0].shape),
  ],
  ReduceLogSumExp: c => {
    const [x] = c.inputs
    const shifted = sub(x, restored(c, c.output))
    return [mul(restored(c, c.gradient), exp(shifted))]
  },
  ReduceProd: c => [div(mul(restored(c, c.gradient), restored(c, c.output)), c.inputs[0])],
}

export const reduceLogSumExp = (x: Value, axes?: readonly number[], keep = false): Value =>
  reduce('ReduceLogSumExp', x, axes, keep)
