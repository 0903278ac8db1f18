/**
 * From many losses to one number. The reduction decides what a learning rate means: by the sum, the step grows
 * with the number of anchors that take part; by the mean it does not.
 */
import { elementsOf, type Value } from '../graph/graph.ts'
import { cast, div, greater, maximum, mul, sub, where } from '../graph/ops/elementwise.ts'
import { reduceLogSumExp, reduceSum } from '../graph/ops/reduce.ts'
import type { Choice } from './mining.ts'

export type Reduction = 'mean' | 'sum'

/** Sum or mean of the losses that take part, of any shape; 0, with gradient 0, where none does. */
export function reduceLosses(losses: Value, valid: Value, reduction: Reduction = 'mean'): Value {
  const total = reduceSum(where(valid, losses, 0))
  return reduction === 'sum' ? total : div(total, countOf(valid))
}

/** Number of true entries, at least 1, so that it can be divided by. */
export const countOf = (mask: Value): Value => maximum(reduceSum(cast(mask, 'float32')), 1)

/** Far below every score, but finite: sums over nothing stay numbers, and their gradients 0. */
const nothing = -1e30

/** log of the sum of exp(scores) along the last axis, over the entries where the mask is true. */
export const maskedLogSumExp = (scores: Value, mask: Value): Value =>
  reduceLogSumExp(where(mask, scores, nothing), [scores.shape.length - 1])

/**
 * What to watch of chosen triplets: mean similarities, their margin, and shares of anchors. `eligible` are those that
 * could have been chosen, all unless given.
 */
export function tripletStatistics(
  positive: Choice,
  negative: Choice,
  valid: Value,
  eligible?: Value,
): Record<string, Value> {
  const among = countOf(valid)
  const share = cast(valid, 'float32')
  const positiveSimilarity = div(reduceSum(mul(positive.similarity, share)), among)
  const negativeSimilarity = div(reduceSum(mul(negative.similarity, share)), among)
  const hard = mul(cast(greater(negative.similarity, positive.similarity), 'float32'), share)
  return {
    positiveSimilarity,
    negativeSimilarity,
    margin: sub(positiveSimilarity, negativeSimilarity),
    dropped: sub(1, div(reduceSum(share), eligible ? countOf(eligible) : elementsOf(valid))),
    hard: div(reduceSum(hard), among),
  }
}
