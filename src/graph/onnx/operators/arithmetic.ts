/** Operators of an imported model that compute: element by element, along axes, products. */
import { operands, operatorError, type Value } from '../../graph.ts'
import { broadcastShapes } from '../../ops/broadcast.ts'
import { add, cast, clip, mul, sigmoid } from '../../ops/elementwise.ts'
import { expand, reshape } from '../../ops/layout.ts'
import { matmul } from '../../ops/linear.ts'
import { batchNorm, batchNormTraining } from '../../ops/normalisation.ts'
import { normaliseAxes } from '../../ops/reduce.ts'
import { floatAttribute, integerAttribute, stringAttribute } from '../../ops/rule.ts'
import { type DType, int64, type Shape, sizeOf } from '../../tensor.ts'
import { dtypeOfOnnx } from '../data-types.ts'
import { asIs, axesOf, isKnown, listOf, normalAxis, type Operator } from './operation.ts'

/** Element by element, of so many operands: all that there are unless a count is given. */
export const broadcasting =
  ({ count, dtype }: { count?: number; dtype?: DType } = {}): Operator =>
  operation => {
    const shape = operands(operation, count).reduce<Shape | undefined>(
      (whole, input) => whole && broadcastShapes(whole, input.shape),
      [],
    )
    return shape && asIs(operation, shape, dtype)
  }

export const reduction: Operator = operation => {
  const { op, graph, attributes } = operation
  const [x] = operands(operation, 1)
  const rank = x.shape.length
  if (!isKnown(operation, 1)) return undefined
  const given = axesOf(operation, 1, rank)
  // Nothing is summed up then, but what is done to each element is done.
  const none = !given?.length && integerAttribute({ attributes }, 'noop_with_empty_axes', 0) === 1
  if (none) {
    const [result] = graph.node(op, [x, graph.constant(int64([0], []))], [{ shape: x.shape }], {
      attributes: { keepdims: 1, noop_with_empty_axes: 1 },
    })
    return result
  }
  const axes = normaliseAxes(given, rank)
  const keep = integerAttribute({ attributes }, 'keepdims', 1) === 1
  const shape = keep
    ? x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : x.shape.filter((_, axis) => !axes.includes(axis))
  return graph.node(op, [x, graph.constant(int64([axes.length], axes))], [{ shape }], {
    attributes: { keepdims: keep ? 1 : 0 },
  })[0]
}

export const argument: Operator = operation => {
  const [x] = operands(operation, 1)
  const axis = normalAxis(integerAttribute(operation, 'axis', 0), x.shape.length)
  const keep = integerAttribute(operation, 'keepdims', 1) === 1
  const shape = keep
    ? x.shape.map((extent, at) => (at === axis ? 1 : extent))
    : x.shape.filter((_, at) => at !== axis)
  return asIs(operation, shape, 'int64')
}

/** Before version 13, everything from the axis on was one axis, and the axis 1 unless given. */
export const softmax: Operator = operation => {
  const { op, graph, attributes, opset } = operation
  const [x] = operands(operation, 1)
  const rank = x.shape.length
  const axis = normalAxis(integerAttribute({ attributes }, 'axis', opset < 13 ? 1 : -1), rank)
  const over = (value: Value, at: number) =>
    graph.node(op, [value], [{ shape: value.shape }], { attributes: { axis: at } })[0]
  if (opset >= 13 || axis === rank - 1) return over(x, axis)
  return reshape(over(reshape(x, [sizeOf(x.shape.slice(0, axis)), -1]), 1), x.shape)
}

/** The mean and the inverse of the deviation, which the file may ask for too, keep the axes as extents of 1. */
export const layerNorm: Operator = operation => {
  const { op, graph, inputs, attributes, outputs } = operation
  const [{ shape }] = operands(operation, 2)
  const first = normalAxis(integerAttribute({ attributes }, 'axis', -1), shape.length)
  const statistic = { shape: shape.map((extent, axis) => (axis < first ? extent : 1)) }
  return graph.node(op, inputs, [{ shape }, statistic, statistic].slice(0, Math.max(outputs, 1)), {
    attributes,
  })
}

/**
 * By fixed statistics, or, in training, by those of the batch: then the running ones are the other outputs. Before
 * version 14 training showed only in the outputs that the file asks for, and the engine does not compute it.
 */
export const batchNormalisation: Operator = operation => {
  const { outputs, opset } = operation
  const [x, scale, bias, mean, variance] = operands(operation, 5)
  const epsilon = floatAttribute(operation, 'epsilon', 1e-5)
  if (opset >= 14 && integerAttribute(operation, 'training_mode', 0) === 1) {
    const batch = batchNormTraining(x, scale, bias, epsilon)
    const momentum = floatAttribute(operation, 'momentum', 0.9)
    const running = (old: Value, now: Value) => add(mul(old, momentum), mul(now, 1 - momentum))
    return [batch.output, running(mean, batch.mean), running(variance, batch.variance)]
  }
  if (outputs > 1) return undefined
  return batchNorm(x, scale, bias, mean, variance, epsilon)
}

/** In training it drops at random, and stays in the graph; otherwise it is the identity, and its mask all true. */
export const dropout: Operator = operation => {
  const { op, graph, inputs, attributes, opset, outputs, contentOf } = operation
  const [x] = operands(operation, 1)
  const training = inputs[2]
  const mode = training && contentOf(training)
  if (training && !mode) return undefined
  if (mode && Number(mode.data[0])) {
    const { seed } = attributes
    const types = [{ shape: x.shape }, { shape: x.shape, dtype: 'bool' as const }]
    return graph.node(op, inputs, types.slice(0, Math.max(outputs, 1)), {
      attributes: seed === undefined ? {} : { seed },
    })
  }
  // The mask was of the numbers' own type before version 10.
  const kept = graph.constant(1, opset < 10 ? x.dtype : 'bool')
  return outputs > 1 ? [x, expand(kept, x.shape)] : x
}

export const product: Operator = operation => {
  const [a, b] = operands(operation, 2)
  // A vector is a matrix with one row (left) or one column (right), whose axis the product drops.
  const left = a.shape.length === 1 ? reshape(a, [1, a.shape[0]]) : a
  const right = b.shape.length === 1 ? reshape(b, [b.shape[0], 1]) : b
  const whole = matmul(left, right)
  if (left === a && right === b) return whole
  const rank = whole.shape.length
  return reshape(
    whole,
    whole.shape.filter(
      (_, axis) => !(axis === rank - 2 && left !== a) && !(axis === rank - 1 && right !== b),
    ),
  )
}

/** Written out: an ellipsis becomes letters of its own, and a result that is left out the letters that stand once. */
export const einsum: Operator = operation => {
  const { op, graph, attributes } = operation
  const values = operands(operation)
  const { terms, result } = spelledOut(stringAttribute({ attributes }, 'equation', ''), values)
  const extents = new Map<string, number>()
  terms.forEach((letters, i) => {
    ;[...letters].forEach((letter, axis) => {
      extents.set(letter, Math.max(values[i].shape[axis], extents.get(letter) ?? 0))
    })
  })
  // Axes under an ellipsis broadcast.
  const expanded = values.map((value, i) =>
    expand(
      value,
      [...terms[i]].map(letter => extents.get(letter)!),
    ),
  )
  const shape = [...result].map(letter => extents.get(letter)!)
  return graph.node(op, expanded, [{ shape }], {
    attributes: { equation: `${terms.join(',')}->${result}` },
  })[0]
}

function spelledOut(equation: string, values: readonly Value[]): { terms: string[]; result: string } {
  const [left, right] = equation.replaceAll(' ', '').split('->')
  const terms = left.split(',')
  const used = new Set(equation)
  const free = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter(letter => !used.has(letter))
  const hidden = Math.max(
    0,
    ...terms.map((term, i) => (term.includes('...') ? (values[i]?.shape.length ?? 0) - term.length + 3 : 0)),
  )
  const rest = free.slice(0, hidden)
  const written = (term: string, count: number) => term.replace('...', rest.slice(hidden - count).join(''))
  const full = terms.map((term, i) => written(term, (values[i]?.shape.length ?? 0) - term.length + 3))
  const all = [...full.join('')]
  const once = [...new Set(all)].filter(
    letter => !rest.includes(letter) && all.filter(other => other === letter).length === 1,
  )
  const given = right === undefined ? [...rest, ...once.sort()].join('') : written(right, hidden)
  const fits = full.every((term, i) => /^[A-Za-z]*$/.test(term) && term.length === values[i]?.shape.length)
  if (!fits || full.length !== values.length || ![...given].every(letter => all.includes(letter)))
    throw operatorError('Einsum', `the equation '${equation}' does not fit`, values)
  return { terms: full, result: given }
}

export const largest: Operator = operation => {
  const { attributes, graph } = operation
  const [x] = operands(operation, 1)
  const k = listOf(operation, 1, 'k') ?? [integerAttribute({ attributes }, 'k', 0)]
  if (!(k[0] > 0)) return undefined
  const axis = normalAxis(integerAttribute({ attributes }, 'axis', -1), x.shape.length)
  const shape = x.shape.map((extent, at) => (at === axis ? k[0] : extent))
  const { k: _, ...rest } = attributes
  return graph.node('TopK', [x, graph.constant(int64([1], [k[0]]))], [{ shape }, { shape, dtype: 'int64' }], {
    attributes: rest,
  })
}

export const bounds: Operator = operation => {
  const { attributes, graph } = operation
  const [x] = operands(operation, 1)
  const [, low, high] = operation.inputs
  if (low || high) return graph.node('Clip', [x, low, high], [{ shape: x.shape }])[0]
  const bound = (name: string) =>
    attributes[name] === undefined ? undefined : floatAttribute({ attributes }, name, 0)
  return clip(x, bound('min'), bound('max'))
}

export const swish: Operator = operation => {
  const [x] = operands(operation, 1)
  const alpha = floatAttribute(operation, 'alpha', 1)
  return mul(x, sigmoid(alpha === 1 ? x : mul(x, alpha)))
}

export const castingLike: Operator = operation => {
  const [x, like] = operands(operation, 2)
  return cast(x, like.dtype)
}

export const casting: Operator = operation => {
  const dtype = dtypeOfOnnx(integerAttribute(operation, 'to', 1))
  // Half precision is computed in single.
  const [x] = operands(operation, 1)
  return dtype && cast(x, dtype.includes('float16') ? 'float32' : dtype)
}

/** Up to version 20, scale and bias were one per group. */
export const groupNorm: Operator = operation => {
  const { op, graph, attributes, opset } = operation
  const [x, scale, bias] = operands(operation, 3)
  const channels = x.shape[1]
  const each = (vector: Value) =>
    opset >= 21 || vector.shape[0] === channels
      ? vector
      : reshape(expand(reshape(vector, [-1, 1]), [vector.shape[0], channels / vector.shape[0]]), [channels])
  return graph.node(op, [x, each(scale), each(bias)], [{ shape: x.shape }], { attributes })[0]
}
