/** One operator of a model that is being imported, and how what it says about itself is read. */
import {
  type Attributes,
  type Graph,
  operands,
  operatorError,
  type Value,
  type ValueType,
} from '../../graph.ts'
import { integersAttribute } from '../../ops/rule.ts'
import { normaliseAxis } from '../../ops/summation.ts'
import { type DType, numbersOf, type Shape, type Tensor } from '../../tensor.ts'

export interface Operation {
  readonly op: string
  readonly graph: Graph
  readonly inputs: readonly (Value | undefined)[]
  readonly attributes: Attributes
  /** version of the standard operators that the model was written in */
  readonly opset: number
  /** how many outputs the model names */
  readonly outputs: number
  /** the content of an operand that is known beforehand */
  readonly contentOf: (value: Value | undefined) => Tensor | undefined
  /** what a run has seen of an output, where one was needed */
  readonly seen?: (output: number) => ValueType | undefined
  /** the number of images that a model with a fixed number was exported for, where it is asked for another */
  readonly fixedBatch?: { from: number; to: number }
}

/** undefined: what must be known beforehand is not */
export type Operator = (operation: Operation) => Value | readonly Value[] | undefined

export const normalAxis = normaliseAxis

/** Axes, shapes and the like are short. */
const longestList = 4096

/** Integers that stood in an attribute in older versions, and stand in an operand now; undefined where in neither. */
export function listOf({ op, inputs, attributes, contentOf }: Operation, index: number, attribute: string) {
  const operand = inputs[index]
  if (!operand) return integersAttribute({ attributes }, attribute)
  const content = contentOf(operand)
  if (content && content.data.length > longestList)
    throw operatorError(op, `operand ${index} is a list of ${content.data.length} numbers`, [operand])
  return content && numbersOf(content)
}

export const isKnown = ({ inputs, contentOf }: Operation, index: number): boolean =>
  inputs[index] === undefined || contentOf(inputs[index]) !== undefined

export const axesOf = (operation: Operation, index: number, rank: number): number[] | undefined => {
  if (!isKnown(operation, index)) return undefined
  return listOf(operation, index, 'axes')?.map(axis => normalAxis(axis, rank))
}

/** Appends the operator as it is; the elements are of the first operand's type unless another is given. */
export const asIs = ({ op, inputs, attributes, graph }: Operation, shape: Shape, dtype?: DType): Value =>
  graph.node(op, inputs, [{ shape, dtype: dtype ?? inputs[0]?.dtype }], { attributes })[0]

/** An operator whose output has the shape of its first operand, and which needs this many operands. */
export const likeFirst =
  (count: number): Operator =>
  operation =>
    asIs(operation, operands(operation, count)[0].shape)
