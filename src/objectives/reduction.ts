/**
 * From many losses to one number. The reduction decides what a learning rate means: by the sum, the step grows
 * with the number of anchors that take part; by the mean it does not.
 */
import type { Value } from '../graph/graph.ts'
import { and, cast, div, greater, maximum, where } from '../graph/ops/elementwise.ts'
import { reduceLogSumExp, reduceSum } from '../graph/ops/reduce.ts'

export type Reduction = 'mean' | 'sum'

/** Sum or mean of the losses that take part, of any shape; 0, with gradient 0, where none does. */
export function reduceLosses(losses: Value, valid: Value, reduction: Reduction = 'mean'): Value {
  const total = reduceSum(where(valid, losses, 0))
  return reduction === 'sum' ? total : div(total, countOf(valid))
}

/** Mean over the losses of a mask that are above 0: what is learned already does not thin out what is not. */
export const meanOfPositive = (losses: Value, mask: Value): Value =>
  reduceLosses(losses, and(mask, greater(losses, 0)))

/** Number of true entries, at least 1, so that it can be divided by. */
export const countOf = (mask: Value): Value => maximum(reduceSum(cast(mask, 'float32')), 1)

/** Far below every score, but finite: sums over nothing stay numbers, and their gradients 0. */
const nothing = -1e30

/** log of the sum of exp(scores) along the last axis, over the entries where the mask is true. */
export const maskedLogSumExp = (scores: Value, mask: Value): Value =>
  reduceLogSumExp(where(mask, scores, nothing), [scores.shape.length - 1])
