/** What to watch of a batch while an objective learns: how similar its triplets are, and how many take part. */
import { elementsOf, type Value } from '../graph/graph.ts'
import { and, cast, div, greater, mul, stopGradient, sub } from '../graph/ops/elementwise.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { type Choice, mostSimilar } from './mining.ts'
import { countOf } from './reduction.ts'
import type { PairMasks } from './similarity.ts'

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

/** What to watch where an objective chooses no triplets: each anchor's nearest classmate and nearest stranger. */
export function nearestStatistics(
  similarities: Value,
  { positive, negative }: PairMasks,
): Record<string, Value> {
  const [near, stranger] = [positive, negative].map(candidates =>
    mostSimilar(stopGradient(similarities), candidates),
  )
  return tripletStatistics(near, stranger, and(near.valid, stranger.valid))
}
