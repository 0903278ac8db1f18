/** Operators of an imported model that compute: element by element, along axes, products. */
import type { Value } from '../../graph.ts'
import { broadcastShapes } from '../../ops/broadcast.ts'
import { cast, clip, mul, sigmoid } from '../../ops/elementwise.ts'
import { expand, reshape } from '../../ops/layout.ts'
import { matmul } from '../../ops/linear.ts'
import { normaliseAxes } from '../../ops/reduce.ts'
import { floatAttribute, integerAttribute, stringAttribute } from '../../ops/rule.ts'
import { type DType, int64, type Shape, sizeOf } from '../../tensor.ts'
import { dtypeOfOnnx } from '../data-types.ts'
import { asIs, axesOf, isKnown, listOf, normalAxis, type Operator } from './operation.ts'

export const unary: Operator = operation => asIs(operation, operation.inputs[0]!.shape)

export const variadic =
  (dtype?: DType): Operator =>
  operation => {
    const shape = operation.inputs.reduce<Shape | undefined>(
      (whole, input) => whole && broadcastShapes(whole, input!.shape),
      [],
    )
    return shape && asIs(operation, shape, dtype)
  }

export const reduction: Operator = operation => {
  const { op, graph, inputs, attributes } = operation
  const x = inputs[0]!
  const rank = x.shape.length
  if (!isKnown(operation, 1)) return undefined
  const given = axesOf(operation, 1, rank)
  if (!given?.length && integerAttribute({ attributes }, 'noop_with_empty_axes', 0)) return x
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
  const [x] = operation.inputs
  const axis = normalAxis(integerAttribute(operation, 'axis', 0), x!.shape.length)
  const keep = integerAttribute(operation, 'keepdims', 1) === 1
  const shape = keep
    ? x!.shape.map((extent, at) => (at === axis ? 1 : extent))
    : x!.shape.filter((_, at) => at !== axis)
  return asIs(operation, shape, 'int64')
}

/** Before version 13, everything from the axis on was one axis, and the axis 1 unless given. */
export const softmax: Operator = operation => {
  const { op, graph, inputs, attributes, opset } = operation
  const x = inputs[0]!
  const rank = x.shape.length
  const axis = normalAxis(integerAttribute({ attributes }, 'axis', opset < 13 ? 1 : -1), rank)
  const over = (value: Value, at: number) =>
    graph.node(op, [value], [{ shape: value.shape }], { attributes: { axis: at } })[0]
  if (opset >= 13 || axis === rank - 1) return over(x, axis)
  return reshape(over(reshape(x, [sizeOf(x.shape.slice(0, axis)), -1]), 1), x.shape)
}

export const product: Operator = ({ inputs: [a, b] }) => {
  // A vector is a matrix with one row (left) or one column (right), whose axis the product drops.
  const left = a!.shape.length === 1 ? reshape(a!, [1, a!.shape[0]]) : a!
  const right = b!.shape.length === 1 ? reshape(b!, [b!.shape[0], 1]) : b!
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

export const einsum: Operator = operation => {
  const [terms, result] = stringAttribute(operation, 'equation', '').replaceAll(' ', '').split('->')
  const extents = new Map<string, number>()
  const parts = terms.split(',')
  if (result === undefined || terms.includes('.')) return undefined
  parts.forEach((part, i) => {
    ;[...part].forEach((letter, axis) => {
      extents.set(letter, operation.inputs[i]!.shape[axis])
    })
  })
  return asIs(
    operation,
    [...result].map(letter => extents.get(letter)!),
  )
}

export const largest: Operator = operation => {
  const { inputs, attributes, graph } = operation
  const x = inputs[0]!
  const k = listOf(operation, 1, 'k') ?? [integerAttribute({ attributes }, 'k', 0)]
  if (!(k[0] > 0)) return undefined
  const axis = normalAxis(integerAttribute({ attributes }, 'axis', -1), x.shape.length)
  const shape = x.shape.map((extent, at) => (at === axis ? k[0] : extent))
  const { k: _, ...rest } = attributes
  return graph.node('TopK', [x, graph.constant(int64([1], [k[0]]))], [{ shape }, { shape, dtype: 'int64' }], {
    attributes: rest,
  })
}

export const bounds: Operator = ({ inputs: [x, low, high], attributes, graph }) => {
  if (low || high) return graph.node('Clip', [x, low, high], [{ shape: x!.shape }])[0]
  const bound = (name: string) =>
    attributes[name] === undefined ? undefined : floatAttribute({ attributes }, name, 0)
  return clip(x!, bound('min'), bound('max'))
}

export const swish: Operator = operation => {
  const x = operation.inputs[0]!
  const alpha = floatAttribute(operation, 'alpha', 1)
  return mul(x, sigmoid(alpha === 1 ? x : mul(x, alpha)))
}

export const casting: Operator = operation => {
  const dtype = dtypeOfOnnx(integerAttribute(operation, 'to', 1))
  // Half precision is computed in single.
  return dtype && cast(operation.inputs[0]!, dtype.includes('float16') ? 'float32' : dtype)
}

/** Up to version 20, scale and bias were one per group. */
export const groupNorm: Operator = ({ op, graph, inputs, attributes, opset }) => {
  const [x, scale, bias] = inputs as readonly Value[]
  const channels = x.shape[1]
  const each = (vector: Value) =>
    opset >= 21 || vector.shape[0] === channels
      ? vector
      : reshape(expand(reshape(vector, [-1, 1]), [vector.shape[0], channels / vector.shape[0]]), [channels])
  return graph.node(op, [x, each(scale), each(bias)], [{ shape: x.shape }], { attributes })[0]
}
