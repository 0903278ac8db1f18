/**
 * A single number beside a tensor that ends in extents of 1, such as a rate beside the weights of a 1 x 1 convolution: the
 * engine goes from element to element there, one call for each, unless the number has as many extents as the tensor. 2048
 * x 1024 x 1 x 1 by a scalar takes 13.7 ms, by 1 x 1 x 1 x 1 1.5 ms, and an optimiser has two to four such products for
 * every weight (`npm run bench -- pass-scalars-of-full-rank`).
 */
import type { Value } from '../graph.ts'
import { reshape } from '../ops/layout.ts'
import { sizeOf } from '../tensor.ts'
import type { Pass, Rewrite } from './rewrite.ts'

export const scalarsOfFullRank: Pass = () => {
  const known = new Map<Value, Map<number, Value>>()
  function widened(value: Value, rank: number): Value {
    const ranks = known.get(value) ?? new Map<number, Value>()
    known.set(value, ranks)
    const wide = ranks.get(rank) ?? reshape(value, new Array<number>(rank).fill(1))
    ranks.set(rank, wide)
    return wide
  }
  const rewrite: Rewrite = (node, inputs) => {
    const [{ shape }] = node.outputs
    if (shape.at(-1) !== 1 || sizeOf(shape) === 1) return undefined
    const isNarrow = (value?: Value): value is Value =>
      value !== undefined && sizeOf(value.shape) === 1 && value.shape.length < shape.length
    const graph = inputs.find(isNarrow)?.graph
    const wide = inputs.map(value => (isNarrow(value) ? widened(value, shape.length) : value))
    return graph?.node(node.op, wide, node.outputs, { attributes: node.attributes })
  }
  return Object.fromEntries(['Add', 'Sub', 'Mul', 'Div', 'Pow'].map(op => [op, rewrite]))
}
