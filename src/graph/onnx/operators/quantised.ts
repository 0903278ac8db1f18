/**
 * Operators on whole numbers that stand for floats, as quantised models have them: forward only. Their results have
 * element types of their own, which no probing of shapes would tell.
 */

import type { Value } from '../../graph.ts'
import { broadcastShapes } from '../../ops/broadcast.ts'
import { integerAttribute } from '../../ops/rule.ts'
import type { DType, Shape } from '../../tensor.ts'
import { dtypeOfOnnx } from '../data-types.ts'
import type { Operation, Operator } from './operation.ts'
import { convolutionShape } from './windows.ts'

/** x -> x in 8 bits, their scale, their zero point. */
export const dynamicQuantisation: Operator = ({ op, graph, inputs, attributes }) =>
  graph.node(
    op,
    inputs,
    [
      { shape: inputs[0]!.shape, dtype: 'uint8' },
      { shape: [], dtype: 'float32' },
      { shape: [], dtype: 'uint8' },
    ],
    { attributes },
  )

const typed = ({ op, graph, inputs, attributes }: Operation, shape: Shape | undefined, dtype: DType) =>
  shape && graph.node(op, inputs, [{ shape, dtype }], { attributes })[0]

/** (x, scale, zero point): the zero point has the type of the result; without one the file may name the type. */
export const quantisation: Operator = operation => {
  const named = dtypeOfOnnx(integerAttribute(operation, 'output_dtype', 0))
  return typed(operation, operation.inputs[0]!.shape, operation.inputs[2]?.dtype ?? named ?? 'uint8')
}

export const dequantisation: Operator = operation =>
  typed(operation, operation.inputs[0]!.shape, operation.inputs[1]!.dtype)

export const integerProduct: Operator = operation =>
  typed(operation, productShape(operation.inputs[0]!, operation.inputs[1]!), 'int32')

/** (a, its scale, its zero point, b, its scale, its zero point, the result's scale, its zero point) */
export const quantisedProduct: Operator = operation =>
  typed(operation, productShape(operation.inputs[0]!, operation.inputs[3]!), operation.inputs[7]!.dtype)

export const integerConvolution: Operator = operation =>
  typed(operation, convolutionShape(operation, operation.inputs[0]!, operation.inputs[1]!), 'int32')

/** The same operands, and a bias. */
export const quantisedConvolution: Operator = operation =>
  typed(
    operation,
    convolutionShape(operation, operation.inputs[0]!, operation.inputs[3]!),
    operation.inputs[7]!.dtype,
  )

/** Undefined for vectors, whose axis the product drops. */
function productShape({ shape: a }: Value, { shape: b }: Value): Shape | undefined {
  if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) return undefined
  const outer = broadcastShapes(a.slice(0, -2), b.slice(0, -2))
  return outer && [...outer, a.at(-2)!, b.at(-1)!]
}
