/**
 * From one loss per anchor to one number. The reduction decides what a learning rate means: by the sum, the
 * step grows with the number of anchors that take part; by the mean it does not.
 */
import type { Value } from '../graph/graph.ts'
import { cast, div, greater, maximum, mul, sub, where } from '../graph/ops/elementwise.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import type { Choice } from './mining.ts'

export type Reduction = 'mean' | 'sum'

/** Sum or mean of losses (n) over the anchors that take part; 0, with gradient 0, where none does. */
export function reduceAnchors(losses: Value, valid: Value, reduction: Reduction): Value {
  const total = reduceSum(where(valid, losses, 0))
  return reduction === 'sum' ? total : div(total, countOf(valid))
}

/** Number of true entries, at least 1, so that it can be divided by. */
const countOf = (mask: Value): Value => maximum(reduceSum(cast(mask, 'float32')), 1)

/** What to watch of chosen triplets: mean similarities, their margin, and shares of anchors. */
export function tripletStatistics(positive: Choice, negative: Choice, valid: Value): Record<string, Value> {
  const [n] = valid.shape
  const among = countOf(valid)
  const share = cast(valid, 'float32')
  const positiveSimilarity = div(reduceSum(mul(positive.similarity, share)), among)
  const negativeSimilarity = div(reduceSum(mul(negative.similarity, share)), among)
  const hard = mul(cast(greater(negative.similarity, positive.similarity), 'float32'), share)
  return {
    positiveSimilarity,
    negativeSimilarity,
    margin: sub(positiveSimilarity, negativeSimilarity),
    dropped: sub(1, div(reduceSum(share), n)),
    hard: div(reduceSum(hard), among),
  }
}
