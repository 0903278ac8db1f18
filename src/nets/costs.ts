/** What the nodes of a network cost: parameters, and multiply-adds. */
import type { Node, Value } from '../graph/graph.ts'
import { integerAttribute } from '../graph/ops/rule.ts'
import { sizeOf } from '../graph/tensor.ts'

/** The parameters that training would change: running statistics are none, nor are numbers that describe shapes. */
export function parametersOf({ op, inputs }: Node): Value[] {
  const learned = op === 'BatchNormalization' ? inputs.slice(1, 3) : inputs
  return learned.filter(
    (value): value is Value =>
      value !== undefined &&
      value.graph.parameters.get(value.name) === value &&
      value.dtype.startsWith('float'),
  )
}

/** Elements of all parameters of some nodes, each parameter counted once. */
export const parameterCount = (nodes: readonly Node[]): number =>
  [...new Set(nodes.flatMap(parametersOf))].reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** Products of a convolution or a matrix product; other operators are not counted, as is customary. */
export function multiplyAddsOf(node: Node): number {
  const { op, inputs, outputs } = node
  const [x, weight] = inputs
  if (!x || !weight) return 0
  if (op === 'Conv') return sizeOf(outputs[0].shape) * sizeOf(weight.shape.slice(1))
  if (op === 'ConvTranspose') return sizeOf(x.shape) * sizeOf(weight.shape.slice(1))
  if (op === 'MatMul') return sizeOf(outputs[0].shape) * x.shape.at(-1)!
  if (op === 'Gemm') return sizeOf(outputs[0].shape) * x.shape[integerAttribute(node, 'transA', 0) ? 0 : 1]
  return 0
}

export const multiplyAddCount = (nodes: readonly Node[]): number =>
  nodes.reduce((sum, node) => sum + multiplyAddsOf(node), 0)
