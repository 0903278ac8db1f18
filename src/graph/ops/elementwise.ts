/**
 * Operators that work element by element, with NumPy's broadcasting for two operands, and their gradients.
 *
 * Operands may be plain numbers. The gradient of a broadcast operand is summed back to the operand's shape
 * (`unbroadcast`). At kinks (ReLU at 0, clip at its bounds, equal maxima) we follow PyTorch.
 */
import { type Attributes, operatorError, type Value } from '../graph.ts'
import type { DType } from '../tensor.ts'
import { broadcastShapes, unbroadcast } from './broadcast.ts'
import { type Decompositions, floatAttribute, type RuleContext, type Rules, stringAttribute } from './rule.ts'

export type Operand = Value | number

function toValues(a: Operand, b: Operand): [Value, Value] {
  if (typeof a === 'number') {
    if (typeof b === 'number') throw new Error('an operator needs at least one value that belongs to a graph')
    return [b.graph.constant(a, b.dtype), b]
  }
  return [a, typeof b === 'number' ? a.graph.constant(b, a.dtype) : b]
}

function binary(op: string, left: Operand, right: Operand, dtype?: DType): Value {
  const [a, b] = toValues(left, right)
  const shape = broadcastShapes(a.shape, b.shape)
  if (!shape) throw operatorError(op, 'the shapes do not broadcast', [a, b])
  if (a.dtype !== b.dtype) throw operatorError(op, 'the element types differ', [a, b])
  return a.graph.node(op, [a, b], [{ shape, dtype: dtype ?? a.dtype }])[0]
}

const unary = (op: string, x: Value, attributes?: Attributes, dtype: DType = x.dtype): Value =>
  x.graph.node(op, [x], [{ shape: x.shape, dtype }], { attributes })[0]

export const add = (a: Operand, b: Operand): Value => binary('Add', a, b)
export const sub = (a: Operand, b: Operand): Value => binary('Sub', a, b)
export const mul = (a: Operand, b: Operand): Value => binary('Mul', a, b)
export const div = (a: Operand, b: Operand): Value => binary('Div', a, b)
export const pow = (a: Operand, b: Operand): Value => binary('Pow', a, b)
export const maximum = (a: Operand, b: Operand): Value => binary('Max', a, b)
export const minimum = (a: Operand, b: Operand): Value => binary('Min', a, b)
export const equal = (a: Operand, b: Operand): Value => binary('Equal', a, b, 'bool')
export const greater = (a: Operand, b: Operand): Value => binary('Greater', a, b, 'bool')
export const greaterOrEqual = (a: Operand, b: Operand): Value => binary('GreaterOrEqual', a, b, 'bool')
export const less = (a: Operand, b: Operand): Value => binary('Less', a, b, 'bool')
export const lessOrEqual = (a: Operand, b: Operand): Value => binary('LessOrEqual', a, b, 'bool')
export const and = (a: Value, b: Value): Value => binary('And', a, b, 'bool')
export const or = (a: Value, b: Value): Value => binary('Or', a, b, 'bool')
export const not = (x: Value): Value => unary('Not', x)
export const neg = (x: Value): Value => unary('Neg', x)
export const abs = (x: Value): Value => unary('Abs', x)
export const sign = (x: Value): Value => unary('Sign', x)
export const exp = (x: Value): Value => unary('Exp', x)
export const log = (x: Value): Value => unary('Log', x)
export const sqrt = (x: Value): Value => unary('Sqrt', x)
export const reciprocal = (x: Value): Value => unary('Reciprocal', x)
export const sin = (x: Value): Value => unary('Sin', x)
export const cos = (x: Value): Value => unary('Cos', x)
export const erf = (x: Value): Value => unary('Erf', x)
export const tanh = (x: Value): Value => unary('Tanh', x)
export const sigmoid = (x: Value): Value => unary('Sigmoid', x)
export const softplus = (x: Value): Value => unary('Softplus', x)
export const relu = (x: Value): Value => unary('Relu', x)
export const floor = (x: Value): Value => unary('Floor', x)
export const identity = (x: Value): Value => unary('Identity', x)
export const leakyRelu = (x: Value, alpha = 0.01): Value => unary('LeakyRelu', x, { alpha: { float: alpha } })
export const elu = (x: Value, alpha = 1): Value => unary('Elu', x, { alpha: { float: alpha } })
export const hardSigmoid = (x: Value, alpha = 0.2, beta = 0.5): Value =>
  unary('HardSigmoid', x, { alpha: { float: alpha }, beta: { float: beta } })
export const hardSwish = (x: Value): Value => unary('HardSwish', x)
export const gelu = (x: Value, approximate: 'none' | 'tanh' = 'none'): Value =>
  unary('Gelu', x, { approximate })
export const square = (x: Value): Value => mul(x, x)

/** Values below `low` become `low`, above `high` become `high`; either bound may be left out. */
export function clip(x: Value, low?: number, high?: number): Value {
  const bound = (value?: number) => (value === undefined ? undefined : x.graph.constant(value, x.dtype))
  return x.graph.node('Clip', [x, bound(low), bound(high)], [{ shape: x.shape }])[0]
}

/** a where the condition holds, b elsewhere; all three broadcast. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  const [left, right] = toValues(a, b)
  const shape = broadcastShapes(condition.shape, broadcastShapes(left.shape, right.shape) ?? [])
  if (!shape || !broadcastShapes(left.shape, right.shape))
    throw operatorError('Where', 'the shapes do not broadcast', [condition, left, right])
  return condition.graph.node('Where', [condition, left, right], [{ shape, dtype: left.dtype }])[0]
}

const onnxType: Partial<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
}

export function cast(x: Value, dtype: DType): Value {
  if (x.dtype === dtype) return x
  const to = onnxType[dtype]
  if (to === undefined)
    throw operatorError('Cast', `${dtype} is not an element type that graphs compute with`, [x])
  return unary('Cast', x, { to }, dtype)
}

/** The same value, through which no gradient passes. */
export function stopGradient(x: Value): Value {
  const stopped = identity(x)
  x.graph.barriers.add(stopped.producer!)
  return stopped
}

/** 1 where the condition holds, 0 elsewhere, as numbers of the type of `like`. */
const indicator = (condition: Value, like: Value): Value => cast(condition, like.dtype)

/** The gradient where the condition holds, 0 elsewhere. */
const passing = (condition: Value, { gradient }: RuleContext): Value => where(condition, gradient, 0)

/** A rule for one operand whose derivative is `slope`. */
const chain =
  (slope: (context: RuleContext) => Operand) =>
  (context: RuleContext): [Value] => [mul(context.gradient, slope(context))]

/** A rule for two broadcast operands, each given by its gradient before unbroadcasting. */
const both =
  (left: (context: RuleContext) => Value, right: (context: RuleContext) => Value) =>
  (context: RuleContext): (Value | undefined)[] =>
    [left, right].map((side, index) =>
      context.wants(index) ? unbroadcast(side(context), context.inputs[index].shape) : undefined,
    )

/** Max and Min of any number of operands: the winners share the gradient equally, as in PyTorch. */
const extremum = ({ inputs, output, gradient, wants }: RuleContext): (Value | undefined)[] => {
  const wins = inputs.map(input => equal(input, output))
  const share = div(
    gradient,
    wins.map(win => indicator(win, output)).reduce((sum, win) => add(sum, win)),
  )
  return inputs.map((input, index) =>
    wants(index) ? unbroadcast(where(wins[index], share, 0), input.shape) : undefined,
  )
}

/** Base and exponent in one type, and where the exponent is 0: there the base does not matter, not even at 0. */
function power({ inputs: [base, given] }: RuleContext) {
  const exponent = cast(given, base.dtype)
  const content = given.graph.constantOf(given)
  const never = content && Array.from<number | bigint>(content.data).every(value => Number(value) !== 0)
  return { base, exponent, zeroAt: never ? undefined : equal(exponent, 0) }
}

/**
 * At inference the operator is the identity; in training it keeps what its mask says, scaled up. What is dropped jumps
 * as the ratio grows, so the ratio has no gradient then.
 */
function dropoutRule({
  node,
  inputs: [x, ratio, training],
  gradient,
  wants,
}: RuleContext): readonly (Value | undefined)[] {
  const { graph } = x
  const identity = [gradient, undefined, undefined]
  if (!training) return identity
  const mode = graph.constantOf(training)
  if (!mode)
    throw operatorError('Dropout', 'whether it trains must be constant for a gradient to pass', node.inputs)
  if (!Number(mode.data[0])) return identity
  if (wants(1)) throw operatorError('Dropout', 'no gradient passes to the ratio', node.inputs)
  const mask = node.outputs[1] ?? graph.addOutput(node, { shape: x.shape, dtype: 'bool' })
  const kept = ratio ? sub(1, cast(ratio, x.dtype)) : graph.constant(0.5, x.dtype)
  return [mul(gradient, div(cast(mask, x.dtype), kept)), undefined, undefined]
}

export const rules: Rules = {
  Add: both(
    c => c.gradient,
    c => c.gradient,
  ),
  Sub: both(
    c => c.gradient,
    c => neg(c.gradient),
  ),
  Mul: both(
    c => mul(c.gradient, c.inputs[1]),
    c => mul(c.gradient, c.inputs[0]),
  ),
  Div: both(
    c => div(c.gradient, c.inputs[1]),
    c => neg(div(mul(c.gradient, c.output), c.inputs[1])),
  ),
  Pow: both(
    c => {
      const { base, exponent, zeroAt } = power(c)
      const slope = mul(exponent, pow(base, sub(exponent, 1)))
      return mul(c.gradient, zeroAt ? where(zeroAt, 0, slope) : slope)
    },
    c => {
      const { base, exponent } = power(c)
      // 0 to any power that is not negative stays 0 (or 1) when the power changes a little.
      const still = and(equal(base, 0), greaterOrEqual(exponent, 0))
      return mul(c.gradient, mul(c.output, where(still, 0, log(base))))
    },
  ),
  Sum: c =>
    c.inputs.map((input, index) => (c.wants(index) ? unbroadcast(c.gradient, input.shape) : undefined)),
  Max: extremum,
  Min: extremum,
  Where: ({ inputs: [condition, a, b], gradient, wants }) => [
    undefined,
    wants(1) ? unbroadcast(where(condition, gradient, 0), a.shape) : undefined,
    wants(2) ? unbroadcast(where(condition, 0, gradient), b.shape) : undefined,
  ],
  Identity: c => [c.gradient],
  Dropout: dropoutRule,
  Cast: c => [cast(c.gradient, c.inputs[0].dtype)],
  Neg: c => [neg(c.gradient)],
  Abs: chain(c => sign(c.inputs[0])),
  Exp: chain(c => c.output),
  Log: c => [div(c.gradient, c.inputs[0])],
  Sqrt: c => [div(mul(c.gradient, 0.5), c.output)],
  Reciprocal: chain(c => neg(square(c.output))),
  Sin: chain(c => cos(c.inputs[0])),
  Cos: chain(c => neg(sin(c.inputs[0]))),
  Erf: chain(c => mul(exp(neg(square(c.inputs[0]))), 2 / Math.sqrt(Math.PI))),
  Tanh: chain(c => sub(1, square(c.output))),
  Sigmoid: chain(c => mul(c.output, sub(1, c.output))),
  Softplus: chain(c => sigmoid(c.inputs[0])),
  Tan: chain(c => add(1, square(c.output))),
  Sinh: chain(c => mul(add(exp(c.inputs[0]), exp(neg(c.inputs[0]))), 0.5)),
  Cosh: chain(c => mul(sub(exp(c.inputs[0]), exp(neg(c.inputs[0]))), 0.5)),
  Asin: chain(c => reciprocal(sqrt(sub(1, square(c.inputs[0]))))),
  Acos: chain(c => neg(reciprocal(sqrt(sub(1, square(c.inputs[0])))))),
  Atan: chain(c => reciprocal(add(1, square(c.inputs[0])))),
  Asinh: chain(c => reciprocal(sqrt(add(square(c.inputs[0]), 1)))),
  Acosh: chain(c => reciprocal(sqrt(sub(square(c.inputs[0]), 1)))),
  Atanh: chain(c => reciprocal(sub(1, square(c.inputs[0])))),
  Shrink: c => [passing(greater(abs(c.inputs[0]), floatAttribute(c.node, 'lambd', 0.5)), c)],
  // By C's rule, the only one for real numbers: x - y trunc(x / y).
  Mod: both(
    c => c.gradient,
    c => neg(mul(c.gradient, unary('Round', div(sub(c.inputs[0], c.output), c.inputs[1])))),
  ),
  ThresholdedRelu: c => [passing(greater(c.inputs[0], floatAttribute(c.node, 'alpha', 1)), c)],
  Softsign: chain(c => reciprocal(square(add(1, abs(c.inputs[0]))))),
  Floor: c => [mul(c.gradient, 0)],
  Ceil: c => [mul(c.gradient, 0)],
  Round: c => [mul(c.gradient, 0)],
  Sign: c => [mul(c.gradient, 0)],
  // Not a product with the mask: what is infinite, as behind a square root, would become NaN where nothing passes.
  Relu: c => [passing(greater(c.output, 0), c)],
  LeakyRelu: chain(c =>
    where(
      greater(c.inputs[0], 0),
      1,
      c.output.graph.constant(floatAttribute(c.node, 'alpha', 0.01), c.output.dtype),
    ),
  ),
  PRelu: ({ inputs: [x, slope], gradient, wants }) => {
    const positive = greater(x, 0)
    return [
      wants(0) ? where(positive, gradient, mul(gradient, slope)) : undefined,
      wants(1) ? unbroadcast(where(positive, 0, mul(gradient, x)), slope.shape) : undefined,
    ]
  },
  Elu: chain(c => where(greater(c.inputs[0], 0), 1, add(c.output, floatAttribute(c.node, 'alpha', 1)))),
  Selu: c => {
    const alpha = floatAttribute(c.node, 'alpha', 1.6732632)
    const gamma = floatAttribute(c.node, 'gamma', 1.050701)
    return [
      mul(
        c.gradient,
        where(
          greater(c.inputs[0], 0),
          c.output.graph.constant(gamma, c.output.dtype),
          add(c.output, alpha * gamma),
        ),
      ),
    ]
  },
  HardSigmoid: c => {
    const inside = and(greater(c.output, 0), less(c.output, 1))
    return [where(inside, mul(c.gradient, floatAttribute(c.node, 'alpha', 0.2)), 0)]
  },
  // The upper bound is applied last: where it is below the lower one, it alone decides.
  Clip: ({ inputs: [x, low, high], gradient, wants }) => {
    const above = low && greaterOrEqual(x, low)
    const below = high && lessOrEqual(x, high)
    const inside = above && below ? and(above, below) : (above ?? below)
    const lowWins = () => (high ? and(less(x, low), lessOrEqual(low, high)) : less(x, low))
    const highWins = () => greater(low ? maximum(x, low) : x, high)
    const toBound = (wins: Value, bound: Value) => unbroadcast(where(wins, gradient, 0), bound.shape)
    return [
      wants(0) ? (inside ? where(inside, gradient, 0) : gradient) : undefined,
      wants(1) ? toBound(lowWins(), low) : undefined,
      wants(2) ? toBound(highWins(), high) : undefined,
    ]
  },
}

export const decompositions: Decompositions = {
  Mean: ({ inputs }) =>
    div(
      inputs.reduce((sum, input) => add(sum, input)),
      inputs.length,
    ),
  Celu: ({ node, inputs: [x] }) => {
    const alpha = floatAttribute(node, 'alpha', 1)
    return add(relu(x), mul(sub(exp(div(minimum(x, 0), alpha)), 1), alpha))
  },
  HardSwish: ({ inputs: [x] }) => mul(x, clip(add(div(x, 6), 0.5), 0, 1)),
  Mish: ({ inputs: [x] }) => mul(x, tanh(softplus(x))),
  Gelu: ({ node, inputs: [x] }) => {
    if (stringAttribute(node, 'approximate', 'none') === 'none')
      return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))
    const inner = mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return mul(mul(x, 0.5), add(tanh(inner), 1))
  },
  'com.microsoft.BiasGelu': ({ inputs: [x, bias] }) => gelu(add(x, bias)),
  'com.microsoft.FastGelu': ({ inputs: [x, bias] }) => gelu(bias ? add(x, bias) : x, 'tanh'),
  'com.microsoft.QuickGelu': ({ node, inputs: [x] }) =>
    mul(x, sigmoid(mul(x, floatAttribute(node, 'alpha', 1.702)))),
}
