/**
 * Computes what is known before any image comes: the sizes, axes and indices that exported models work out from the
 * shapes of their inputs. Only small tensors and plain arithmetic occur there; everything else is left to the engine.
 */
import type { Attributes } from '../graph.ts'
import { broadcastShapes } from '../ops/broadcast.ts'
import { integerAttribute, integersAttribute } from '../ops/rule.ts'
import { arrayTypes, type DType, numbersOf, type Shape, sizeOf, type Tensor, typedTensor } from '../tensor.ts'
import type { Budget } from './budget.ts'
import { dtypeOfOnnx } from './data-types.ts'

interface Operation {
  readonly inputs: readonly (Tensor | undefined)[]
  readonly attributes: Attributes
  /** asked before anything of a shape is allocated; where the answer is no, the operator is left to the engine */
  readonly fits: (shape: Shape) => boolean
}

/** The one output of an operator whose operands are known; undefined where it is not computed here. */
export function foldConstants(
  op: string,
  inputs: readonly (Tensor | undefined)[],
  attributes: Attributes,
  budget: Budget,
): Tensor | undefined {
  const computable = isFolded(op) && inputs.every(input => !input?.dtype.includes('float16'))
  const fits = (shape: Shape) => budget.mayFold(inputs, shape)
  return computable ? folds[op]({ inputs, attributes, fits }) : undefined
}

/** A tensor of any element type from plain numbers; fractions are cut where it holds integers. */
export function tensorOf(dtype: DType, shape: Shape, values: readonly number[]): Tensor {
  const Type = arrayTypes[dtype]
  const data = new Type(sizeOf(shape))
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array
  const whole = dtype.includes('int')
  values.forEach((value, index) => {
    const cut = whole ? Math.trunc(value) : value
    data[index] = wide ? (BigInt(cut) as never) : (cut as never)
  })
  return typedTensor(dtype, shape, data)
}

const boolean = (value: boolean): number => (value ? 1 : 0)

/** Element by element, with broadcasting. */
const elementwise =
  (compute: (...values: number[]) => number, dtype?: DType) =>
  ({ inputs, fits }: Operation): Tensor | undefined => {
    const operands = inputs.filter(input => input !== undefined)
    const shape = operands.reduce<Shape | undefined>(
      (whole, { shape }) => whole && broadcastShapes(whole, shape),
      [],
    )
    if (!shape || !fits(shape)) return undefined
    const read = operands.map(operand => broadcastReader(operand, shape))
    const type = dtype ?? operands.at(-1)!.dtype
    const count = sizeOf(shape)
    const values = Array.from({ length: count }, (_, index) => compute(...read.map(at => at(index))))
    return tensorOf(type, shape, values)
  }

function broadcastReader(operand: Tensor, shape: Shape): (index: number) => number {
  const values = numbersOf(operand)
  if (values.length === 1) return () => values[0]
  const extents = [...Array(shape.length - operand.shape.length).fill(1), ...operand.shape]
  return index => {
    let place = 0
    let stride = 1
    let rest = index
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const coordinate = rest % shape[axis]
      rest = Math.floor(rest / shape[axis])
      if (extents[axis] !== 1) place += coordinate * stride
      stride *= extents[axis]
    }
    return values[place]
  }
}

/** Division of integers drops the fraction, as the operator does. */
const divide = (operation: Operation) =>
  elementwise(operation.inputs[0]!.dtype.includes('int') ? (a, b) => Math.trunc(a / b) : (a, b) => a / b)(
    operation,
  )

/** A run of neighbouring elements of a tensor. */
interface Piece {
  of: Tensor
  start: number
  count: number
}

/** A tensor of pieces of others, one after the other: moved as bytes, whatever the elements are. */
function assembled(dtype: DType, shape: Shape, pieces: Iterable<Piece>): Tensor {
  const Type = arrayTypes[dtype]
  const bytes = new Uint8Array(sizeOf(shape) * Type.BYTES_PER_ELEMENT)
  let at = 0
  for (const { of, start, count } of pieces) {
    const { buffer, byteOffset, BYTES_PER_ELEMENT: width } = of.data
    bytes.set(new Uint8Array(buffer, byteOffset + start * width, count * width), at)
    at += count * width
  }
  return typedTensor(dtype, shape, new Type(bytes.buffer))
}

/** What stands at each index of one axis, all others whole: what gather and slice have in common. */
function* picked(x: Tensor, axis: number, indices: readonly number[]): Generator<Piece> {
  const inner = sizeOf(x.shape.slice(axis + 1))
  const outer = sizeOf(x.shape.slice(0, axis))
  const extent = x.shape[axis]
  for (let row = 0; row < outer; row++)
    for (const index of indices) yield { of: x, start: (row * extent + index) * inner, count: inner }
}

const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

function gather({ inputs: [x, indices], attributes, fits }: Operation): Tensor | undefined {
  if (!x || !indices || x.shape.length === 0) return undefined
  const axis = axisOf(integerAttribute({ attributes }, 'axis', 0), x.shape.length)
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
  if (!fits(shape)) return undefined
  const extent = x.shape[axis]
  const at = numbersOf(indices).map(index => axisOf(index, extent))
  if (!at.every(index => index >= 0 && index < extent))
    throw new RangeError(`an index beyond an axis of ${extent}`)
  return assembled(x.dtype, shape, picked(x, axis, at))
}

function concat({ inputs, attributes, fits }: Operation): Tensor | undefined {
  const parts = inputs.filter(input => input !== undefined)
  const [first] = parts
  const axis = axisOf(integerAttribute({ attributes }, 'axis', 0), first.shape.length)
  const outer = sizeOf(first.shape.slice(0, axis))
  const shape = first.shape.map((extent, at) =>
    at === axis ? parts.reduce((sum, part) => sum + part.shape[axis], 0) : extent,
  )
  if (!fits(shape)) return undefined
  const rows = Array.from({ length: outer }, (_, row) => row)
  const pieces = rows.flatMap(row =>
    parts.map(part => {
      const count = part.data.length / outer
      return { of: part, start: row * count, count }
    }),
  )
  return assembled(first.dtype, shape, pieces)
}

function slice({ inputs: [x, starts, ends, axes, steps], attributes, fits }: Operation): Tensor | undefined {
  if (!x || !fits(x.shape)) return undefined
  const list = (input: Tensor | undefined, name: string) =>
    input ? numbersOf(input) : integersAttribute({ attributes }, name)
  const from = list(starts, 'starts')!
  const to = list(ends, 'ends')!
  const along = list(axes, 'axes') ?? from.map((_, axis) => axis)
  const by = steps ? numbersOf(steps) : from.map(() => 1)
  return along.reduce<Tensor>((part, axisGiven, i) => {
    const axis = axisOf(axisGiven, x.shape.length)
    const at = sliceIndices(part.shape[axis], from[i], to[i], by[i])
    const shape = part.shape.map((extent, other) => (other === axis ? at.length : extent))
    return assembled(part.dtype, shape, picked(part, axis, at))
  }, x)
}

/** Which elements a slice of an axis takes, bounds as in Python: the first, and how many at what distance. */
export function sliceRange(extent: number, start: number, end: number, step: number) {
  if (!Number.isInteger(step) || step === 0) throw new RangeError('a slice with a step of 0')
  const bound = (index: number) => {
    const wrapped = index < 0 ? index + extent : index
    return step > 0 ? Math.min(Math.max(wrapped, 0), extent) : Math.min(Math.max(wrapped, -1), extent - 1)
  }
  const first = bound(start)
  return { first, count: Math.max(0, Math.ceil((bound(end) - first) / step)) }
}

function sliceIndices(extent: number, start: number, end: number, step: number): number[] {
  const { first, count } = sliceRange(extent, start, end, step)
  return Array.from({ length: count }, (_, k) => first + k * step)
}

function constantOfShape({ inputs: [extents], attributes, fits }: Operation): Tensor | undefined {
  const { value } = attributes
  const content = typeof value === 'object' && 'dtype' in value ? value : undefined
  const shape = numbersOf(extents!)
  if (!fits(shape)) return undefined
  return tensorOf(
    content?.dtype ?? 'float32',
    shape,
    Array(sizeOf(shape)).fill(content ? numbersOf(content)[0] : 0),
  )
}

function range({ inputs: [start, limit, delta], fits }: Operation): Tensor | undefined {
  const [from, to, by] = [start!, limit!, delta!].map(input => numbersOf(input)[0])
  const count = Math.max(0, Math.ceil((to - from) / by))
  if (!Number.isFinite(count) || !fits([count])) return undefined
  return tensorOf(
    start!.dtype,
    [count],
    Array.from({ length: count }, (_, i) => from + i * by),
  )
}

/** Over all elements; reductions of a part are left to the engine. */
const reduction =
  (combine: (a: number, b: number) => number) =>
  ({ inputs: [x], attributes, fits }: Operation): Tensor | undefined => {
    if (!x || x.shape.length > 1 || x.data.length === 0 || !fits([])) return undefined
    const shape = integerAttribute({ attributes }, 'keepdims', 1) ? x.shape.map(() => 1) : []
    return tensorOf(x.dtype, shape, [numbersOf(x).reduce((a, b) => combine(a, b))])
  }

function cast({ inputs: [x], attributes, fits }: Operation): Tensor | undefined {
  const dtype = dtypeOfOnnx(integerAttribute({ attributes }, 'to', 1))
  if (!x || !dtype || dtype.includes('float16') || !fits(x.shape)) return undefined
  const values = numbersOf(x)
  return tensorOf(dtype, x.shape, dtype === 'bool' ? values.map(value => boolean(value !== 0)) : values)
}

function transpose({ inputs: [x], attributes, fits }: Operation): Tensor | undefined {
  if (!x || !fits(x.shape)) return undefined
  const rank = x.shape.length
  const order = integersAttribute({ attributes }, 'perm') ?? x.shape.map((_, axis) => rank - 1 - axis)
  const shape = order.map(axis => x.shape[axis])
  const values = numbersOf(x)
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)))
  return tensorOf(
    x.dtype,
    shape,
    values.map((_, index) => {
      let rest = index
      let place = 0
      for (let axis = rank - 1; axis >= 0; axis--) {
        place += (rest % shape[axis]) * strides[order[axis]]
        rest = Math.floor(rest / shape[axis])
      }
      return values[place]
    }),
  )
}

function expand({ inputs: [x, extents], fits }: Operation): Tensor | undefined {
  const shape = broadcastShapes(x!.shape, numbersOf(extents!))
  if (!shape || !fits(shape)) return undefined
  const read = broadcastReader(x!, shape)
  return tensorOf(
    x!.dtype,
    shape,
    Array.from({ length: sizeOf(shape) }, (_, index) => read(index)),
  )
}

const folds: Readonly<Record<string, (operation: Operation) => Tensor | undefined>> = {
  Gather: gather,
  Concat: concat,
  Slice: slice,
  ConstantOfShape: constantOfShape,
  Range: range,
  Cast: cast,
  Transpose: transpose,
  Expand: expand,
  ReduceProd: reduction((a, b) => a * b),
  ReduceSum: reduction((a, b) => a + b),
  ReduceMin: reduction(Math.min),
  ReduceMax: reduction(Math.max),
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: divide,
  // The sign follows the divisor, unless the attribute says C's fmod.
  Mod: operation =>
    elementwise(
      integerAttribute(operation, 'fmod', 0) ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b),
    )(operation),
  Pow: operation => elementwise((a, b) => a ** b, operation.inputs[0]!.dtype)(operation),
  Min: elementwise(Math.min),
  Max: elementwise(Math.max),
  Neg: elementwise(a => -a),
  Abs: elementwise(Math.abs),
  Sqrt: elementwise(Math.sqrt),
  Floor: elementwise(Math.floor),
  Ceil: elementwise(Math.ceil),
  Reciprocal: elementwise(a => 1 / a),
  Sign: elementwise(Math.sign),
  Equal: elementwise((a, b) => boolean(a === b), 'bool'),
  Greater: elementwise((a, b) => boolean(a > b), 'bool'),
  GreaterOrEqual: elementwise((a, b) => boolean(a >= b), 'bool'),
  Less: elementwise((a, b) => boolean(a < b), 'bool'),
  LessOrEqual: elementwise((a, b) => boolean(a <= b), 'bool'),
  And: elementwise((a, b) => boolean(a !== 0 && b !== 0), 'bool'),
  Or: elementwise((a, b) => boolean(a !== 0 || b !== 0), 'bool'),
  Not: elementwise(a => boolean(a === 0), 'bool'),
  Where: elementwise((condition, a, b) => (condition ? a : b)),
}

export const foldedOperators = Object.keys(folds)

const isFolded = (op: string): boolean => Object.hasOwn(folds, op)
