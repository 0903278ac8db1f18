/**
 * Operators on whole numbers that stand for floats, as quantised models have them: forward only. Their results have
 * element types of their own, which no probing of shapes would tell.
 */
import { operands, type Value } from '../../graph.ts'
import { broadcastShapes } from '../../ops/broadcast.ts'
import { integerAttribute } from '../../ops/rule.ts'
import type { DType, Shape } from '../../tensor.ts'
import { dtypeOfOnnx } from '../data-types.ts'
import type { Operation, Operator } from './operation.ts'
import { convolutionShape } from './windows.ts'

/** x -> x in 8 bits, their scale, their zero point. */
export const dynamicQuantisation: Operator = operation => {
  const { op, graph, inputs, attributes } = operation
  const [{ shape }] = operands(operation, 1)
  return graph.node(
    op,
    inputs,
    [
      { shape, dtype: 'uint8' },
      { shape: [], dtype: 'float32' },
      { shape: [], dtype: 'uint8' },
    ],
    { attributes },
  )
}

const typed = ({ op, graph, inputs, attributes }: Operation, shape: Shape | undefined, dtype: DType) =>
  shape && graph.node(op, inputs, [{ shape, dtype }], { attributes })[0]

/** (x, scale, zero point): the zero point has the type of the result; without one the file may name the type. */
export const quantisation: Operator = operation => {
  const named = dtypeOfOnnx(integerAttribute(operation, 'output_dtype', 0))
  const [{ shape }] = operands(operation, 1)
  return typed(operation, shape, operation.inputs[2]?.dtype ?? named ?? 'uint8')
}

export const dequantisation: Operator = operation => {
  const [x, scale] = operands(operation, 2)
  return typed(operation, x.shape, scale.dtype)
}

export const integerProduct: Operator = operation =>
  typed(operation, productShape(...operands(operation, 2)), 'int32')

/** (a, its scale, its zero point, b, its scale, its zero point, the result's scale, its zero point) */
export const quantisedProduct: Operator = operation => {
  const [a, , , b, , , , zeroPoint] = operands(operation, 8)
  return typed(operation, productShape(a, b), zeroPoint.dtype)
}

export const integerConvolution: Operator = operation =>
  typed(operation, convolutionShape(operation, ...operands(operation, 2)), 'int32')

/** The same operands, and a bias. */
export const quantisedConvolution: Operator = operation => {
  const [x, , , weight, , , , zeroPoint] = operands(operation, 8)
  return typed(operation, convolutionShape(operation, x, weight), zeroPoint.dtype)
}

/** Undefined for vectors, whose axis the product drops. */
function productShape({ shape: a }: Value, { shape: b }: Value): Shape | undefined {
  if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) return undefined
  const outer = broadcastShapes(a.slice(0, -2), b.slice(0, -2))
  return outer && [...outer, a[a.length - 2], b[b.length - 1]]
}
