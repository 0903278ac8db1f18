/**
 * Operators that move elements without computing: reshape, transpose, concatenate, slice, pad, gather and
 * their kin. Each one's gradient is another of them.
 */
import { type Node, operatorError, type Value } from '../graph.ts'
import { numbersOf, type Shape, sizeOf } from '../tensor.ts'
import { unbroadcast } from './broadcast.ts'
import { integerAttribute, integersAttribute, type RuleContext, type Rules, stringAttribute } from './rule.ts'
import { integerConstant, normaliseAxis, reduceSum, reshape } from './summation.ts'

export { reshape } from './summation.ts'

/** The numbers in a constant operand of a node; an error where the operand is computed. */
export function constantIntegers(node: Node, index: number): number[] | undefined {
  const value = node.inputs[index]
  if (!value) return undefined
  const content = value.graph.constantOf(value)
  if (!content)
    throw operatorError(node.op, `input ${index} must be constant for a gradient to pass`, node.inputs)
  return numbersOf(content)
}

/** Everything from `axis` on becomes one axis. */
export const flatten = (x: Value, axis = 1): Value =>
  reshape(x, [...x.shape.slice(0, axis), sizeOf(x.shape.slice(axis))])

/** Axis i of the result is axis order[i] of x; reversed order unless given. */
export function transpose(
  x: Value,
  order: readonly number[] = x.shape.map((_, axis) => x.shape.length - 1 - axis),
): Value {
  if (order.length !== x.shape.length || new Set(order).size !== order.length)
    throw operatorError('Transpose', `the order [${order}] does not fit`, [x])
  return x.graph.node('Transpose', [x], [{ shape: order.map(axis => x.shape[axis]) }], {
    attributes: { perm: order },
  })[0]
}

/** Repeats extents of 1 (and adds leading axes) up to `shape`. */
export function expand(x: Value, shape: Shape): Value {
  if (String(x.shape) === String(shape)) return x
  return x.graph.node('Expand', [x, integerConstant(x, shape)], [{ shape }])[0]
}

export function concat(parts: readonly Value[], axis: number): Value {
  const [first] = parts
  const at = normaliseAxis(axis, first.shape.length)
  const fits = parts.every(
    part =>
      part.shape.length === first.shape.length &&
      part.shape.every((extent, other) => other === at || extent === first.shape[other]),
  )
  if (!fits) throw operatorError('Concat', `the shapes differ outside axis ${axis}`, parts)
  const extent = parts.reduce((sum, part) => sum + part.shape[at], 0)
  const shape = first.shape.map((old, other) => (other === at ? extent : old))
  return first.graph.node('Concat', parts, [{ shape }], { attributes: { axis: at } })[0]
}

export interface SliceRange {
  axis: number
  /** first index; counts from the end where negative */
  start?: number
  /** index after the last; for a negative step, leave it out to reach the beginning */
  end?: number
  step?: number
}

/** A regular part of x, along the axes given; the other axes stay whole. */
export function slice(x: Value, ranges: readonly SliceRange[]): Value {
  const shape = [...x.shape]
  const starts: number[] = []
  const ends: number[] = []
  const axes: number[] = []
  const steps: number[] = []
  for (const { axis, start, end, step = 1 } of ranges) {
    const at = normaliseAxis(axis, x.shape.length)
    const extent = x.shape[at]
    const wrap = (index: number) => (index < 0 ? index + extent : index)
    const from =
      step > 0 ? Math.min(wrap(start ?? 0), extent) : Math.min(wrap(start ?? extent - 1), extent - 1)
    const to =
      step > 0 ? Math.min(end === undefined ? extent : wrap(end), extent) : end === undefined ? -1 : wrap(end)
    if (extent === undefined || from < 0)
      throw operatorError('Slice', `the range ${start}:${end} of axis ${axis} does not fit`, [x])
    shape[at] = Math.max(0, Math.ceil((to - from) / step))
    starts.push(from)
    ends.push(to < 0 ? -extent - 1 : to)
    axes.push(at)
    steps.push(step)
  }
  return x.graph.node(
    'Slice',
    [
      x,
      integerConstant(x, starts),
      integerConstant(x, ends),
      integerConstant(x, axes),
      integerConstant(x, steps),
    ],
    [{ shape }],
  )[0]
}

/** The elements in reverse order along each of the axes. */
export const reverse = (x: Value, axes: readonly number[]): Value =>
  slice(
    x,
    axes.map(axis => ({ axis, step: -1 })),
  )

/**
 * Adds `before[i]` and `after[i]` elements to axis i, of value `fill` or, in the other modes, of x: mirrored, its last
 * ones, or from its other end. Negative amounts cut.
 */
export function pad(
  x: Value,
  before: readonly number[],
  after: readonly number[],
  fill: number | Value = 0,
  mode: 'constant' | 'reflect' | 'edge' | 'wrap' = 'constant',
): Value {
  const shape = x.shape.map((extent, axis) => extent + before[axis] + after[axis])
  const amounts = integerConstant(x, [...before, ...after])
  const filling = typeof fill === 'number' ? x.graph.constant(fill, x.dtype) : fill
  const inputs = mode === 'constant' ? [x, amounts, filling] : [x, amounts]
  return x.graph.node('Pad', inputs, [{ shape }], { attributes: { mode } })[0]
}

/** Picks along an axis by an integer tensor: the axis is replaced by the shape of the indices. */
export function gather(x: Value, indices: Value, axis = 0): Value {
  const at = normaliseAxis(axis, x.shape.length)
  const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)]
  return x.graph.node('Gather', [x, indices], [{ shape }], { attributes: { axis: at } })[0]
}

/** Picks one element per index: result[..., i, ...] = x[..., indices[..., i, ...], ...] along the axis. */
export function gatherElements(x: Value, indices: Value, axis = 0): Value {
  return x.graph.node('GatherElements', [x, indices], [{ shape: indices.shape }], {
    attributes: { axis: normaliseAxis(axis, x.shape.length) },
  })[0]
}

/** A copy of x in which updates are added at the indices along an axis: the transpose of gatherElements. */
export function scatterAdd(x: Value, indices: Value, updates: Value, axis = 0): Value {
  const attributes = { axis: normaliseAxis(axis, x.shape.length), reduction: 'add' }
  return x.graph.node('ScatterElements', [x, indices, updates], [{ shape: x.shape }], { attributes })[0]
}

/** Cuts an axis into parts of the given extents. */
export function split(x: Value, extents: readonly number[], axis: number): Value[] {
  const at = normaliseAxis(axis, x.shape.length)
  const outputs = extents.map(extent => ({
    shape: x.shape.map((old, other) => (other === at ? extent : old)),
  }))
  return x.graph.node('Split', [x, integerConstant(x, extents)], outputs, { attributes: { axis: at } })
}

/** Zeros of a shape and type. */
export const zeros = (like: Value, shape: Shape): Value => expand(like.graph.constant(0, like.dtype), shape)

const inverse = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis))

/** Slice is undone by a zero tensor that holds the gradient at the sliced places: pad, after spreading by the step. */
function sliceRule({ node, inputs: [x], gradient }: RuleContext): [Value] {
  const starts = constantIntegers(node, 1)!
  const axes = constantIntegers(node, 3) ?? starts.map((_, axis) => axis)
  const steps = constantIntegers(node, 4) ?? starts.map(() => 1)
  let result = gradient
  const before = x.shape.map(() => 0)
  const after = x.shape.map(() => 0)
  axes.forEach((axis, index) => {
    const at = normaliseAxis(axis, x.shape.length)
    const extent = x.shape[at]
    const step = steps[index]
    const count = gradient.shape[at]
    const wrapped = starts[index] < 0 ? starts[index] + extent : starts[index]
    const start =
      step > 0 ? Math.min(Math.max(wrapped, 0), extent) : Math.min(Math.max(wrapped, 0), extent - 1)
    if (step < 0) result = reverse(result, [at])
    const stride = Math.abs(step)
    if (stride > 1) result = spread(result, at, stride)
    const first = step > 0 ? start : start - (count - 1) * stride
    before[at] = first
    after[at] = extent - first - ((count - 1) * stride + 1)
  })
  return [pad(result, before, after)]
}

/** Puts stride - 1 zeros between the elements of an axis. */
function spread(x: Value, axis: number, stride: number): Value {
  const { shape } = x
  const unit = reshape(x, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)])
  const after = unit.shape.map((_, at) => (at === axis + 1 ? stride - 1 : 0))
  const padded = pad(
    unit,
    unit.shape.map(() => 0),
    after,
  )
  const merged = reshape(padded, [...shape.slice(0, axis), shape[axis] * stride, ...shape.slice(axis + 1)])
  return slice(merged, [{ axis, start: 0, end: (shape[axis] - 1) * stride + 1 }])
}

/** Zeros of a shape, to which the slices of a value along an axis are added at the places given. */
export function addAt(value: Value, places: Value, axis: number, shape: Shape): Value {
  const column = reshape(
    places,
    shape.map((_, at) => (at === axis ? value.shape[axis] : 1)),
  )
  return scatterAdd(zeros(value, shape), expand(column, value.shape), value, axis)
}

/** Gather is undone by adding each slice of the gradient into zeros at its index. */
function gatherRule({ node, inputs: [x, indices], gradient }: RuleContext): [Value] {
  const axis = normaliseAxis(integerAttribute(node, 'axis', 0), x.shape.length)
  const { shape } = x
  const count = sizeOf(indices.shape)
  const flat = reshape(gradient, [...shape.slice(0, axis), count, ...shape.slice(axis + 1)])
  return [addAt(flat, indices, axis, shape)]
}

const restoreShape = ({ inputs: [x], gradient }: RuleContext): [Value] => [reshape(gradient, x.shape)]

export const rules: Rules = {
  Reshape: restoreShape,
  Flatten: restoreShape,
  Squeeze: restoreShape,
  Unsqueeze: restoreShape,
  Transpose: ({ node, inputs: [x], gradient }) => {
    const order = integersAttribute(node, 'perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis)
    return [transpose(gradient, inverse(order))]
  },
  Expand: ({ inputs: [x], gradient }) => [unbroadcast(gradient, x.shape)],
  Tile: ({ node, inputs: [x], gradient }) => {
    const repeats = constantIntegers(node, 1)!
    const interleaved = x.shape.flatMap((extent, axis) => [repeats[axis], extent])
    return [
      reduceSum(
        reshape(gradient, interleaved),
        x.shape.map((_, axis) => 2 * axis),
      ),
    ]
  },
  Concat: ({ node, inputs, gradient, wants }) => {
    const axis = normaliseAxis(integerAttribute(node, 'axis', 0), gradient.shape.length)
    let start = 0
    return inputs.map((input, index) => {
      const from = start
      start += input.shape[axis]
      return wants(index) ? slice(gradient, [{ axis, start: from, end: start }]) : undefined
    })
  },
  Split: ({ node, inputs: [x], gradients }) => {
    const axis = normaliseAxis(integerAttribute(node, 'axis', 0), x.shape.length)
    return [
      concat(
        node.outputs.map((output, index) => gradients[index] ?? zeros(x, output.shape)),
        axis,
      ),
    ]
  },
  Slice: sliceRule,
  Gather: gatherRule,
  GatherElements: ({ node, inputs: [x, indices], gradient }) => [
    scatterAdd(zeros(x, x.shape), indices, gradient, integerAttribute(node, 'axis', 0)),
  ],
  SpaceToDepth: ({ node, inputs: [x], gradient }) => [
    x.graph.node('DepthToSpace', [gradient], [{ shape: x.shape }], {
      attributes: { blocksize: integerAttribute(node, 'blocksize', 1) },
    })[0],
  ],
  Trilu: ({ node: { attributes, inputs }, gradient }) => [
    gradient.graph.node('Trilu', [gradient, ...inputs.slice(1)], [{ shape: gradient.shape }], {
      attributes,
    })[0],
  ],
  DepthToSpace: ({ node, inputs: [x], gradient }) => {
    const [n, c, h, w] = x.shape
    const b = integerAttribute(node, 'blocksize', 1)
    const grid = reshape(gradient, [n, c / (b * b), h, b, w, b])
    const order = stringAttribute(node, 'mode', 'DCR') === 'DCR' ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]
    return [reshape(transpose(grid, order), x.shape)]
  },
}
