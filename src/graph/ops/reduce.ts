/**
 * Reductions over axes, and their gradients. Axes count from the end where negative; none given means all.
 * The reduced axes stay as extents of 1 where `keep` is set.
 */
import { type Node, operatorError, type Value } from '../graph.ts'
import { int64, numbersOf } from '../tensor.ts'
import { cast, div, equal, exp, mul, sign, sub, where } from './elementwise.ts'
import { expand, reshape } from './layout.ts'
import { integerAttribute, integersAttribute, type RuleContext, type Rules } from './rule.ts'
import { keptShape, normaliseAxes, reduce, reduceSum } from './summation.ts'

export { normaliseAxes, reduceSum } from './summation.ts'

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
export function axesOf(node: Node): number[] {
  const [x, axes] = node.inputs
  const listed = axes && x!.graph.constantOf(axes)
  if (axes && !listed) throw operatorError(node.op, 'the axes must be constant', node.inputs)
  const given = listed ? numbersOf(listed) : integersAttribute(node, 'axes')
  if (!given?.length && integerAttribute(node, 'noop_with_empty_axes', 0)) return []
  return normaliseAxes(given, x!.shape.length)
}

/** The gradient, and the output where asked, with the reduced axes back as extents of 1. */
function restored({ node, inputs: [x] }: RuleContext, value: Value): Value {
  return reshape(value, keptShape(x.shape, axesOf(node)))
}

const reducedCount = ({ node, inputs: [x] }: RuleContext): number =>
  axesOf(node).reduce((count, axis) => count * x.shape[axis], 1)

/** Sums over the node's axes, which stay as extents of 1. */
const summed = (c: RuleContext, value: Value): Value => {
  const axes = axesOf(c.node)
  return axes.length ? reduceSum(value, axes, true) : value
}

/** Equal extrema share the gradient equally, as PyTorch's amax and amin do. */
const extremum = (c: RuleContext): [Value] => {
  const [x] = c.inputs
  const wins = cast(equal(x, restored(c, c.output)), x.dtype)
  return [mul(div(restored(c, c.gradient), summed(c, wins)), wins)]
}

/** The product of all other elements. Zeros are set apart: where there is one, only its own derivative is not 0. */
const productRule = (c: RuleContext): [Value] => {
  const [x] = c.inputs
  const zero = equal(x, 0)
  const factors = where(zero, 1, x)
  const axes = axesOf(c.node)
  const whole = axes.length ? reduce('ReduceProd', factors, axes, true) : factors
  const zeros = cast(zero, x.dtype)
  const alone = equal(sub(summed(c, zeros), zeros), 0)
  return [where(alone, mul(restored(c, c.gradient), div(whole, factors)), 0)]
}

export const rules: Rules = {
  ReduceSum: c => [expand(restored(c, c.gradient), c.inputs[0].shape)],
  ReduceMean: c => [expand(div(restored(c, c.gradient), reducedCount(c)), c.inputs[0].shape)],
  ReduceMax: extremum,
  ReduceMin: extremum,
  ReduceSumSquare: c => [mul(mul(restored(c, c.gradient), 2), c.inputs[0])],
  ReduceL1: c => [mul(restored(c, c.gradient), sign(c.inputs[0]))],
  // At the origin, where the norm has no derivative, the gradient is 0.
  ReduceL2: c => {
    const norm = restored(c, c.output)
    return [mul(div(restored(c, c.gradient), where(equal(norm, 0), 1, norm)), c.inputs[0])]
  },
  ReduceLogSum: c => [expand(div(restored(c, c.gradient), summed(c, c.inputs[0])), c.inputs[0].shape)],
  ReduceLogSumExp: c => {
    const [x] = c.inputs
    const shifted = sub(x, restored(c, c.output))
    return [mul(restored(c, c.gradient), exp(shifted))]
  },
  ReduceProd: productRule,
}

export const reduceLogSumExp = (x: Value, axes?: readonly number[], keep = false): Value =>
  reduce('ReduceLogSumExp', x, axes, keep)
