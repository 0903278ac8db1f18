/**
 * Which positive and which negative an anchor is compared with. The choice is made on detached similarities;
 * gradients flow through the chosen similarities only.
 */
import type { Value } from '../graph/graph.ts'
import { and, greater, lessOrEqual, neg, stopGradient, where } from '../graph/ops/elementwise.ts'
import { gatherElements, reshape } from '../graph/ops/layout.ts'
import { argMax } from '../graph/ops/reduce.ts'
import { tripletStatistics } from './reduction.ts'
import type { PairMasks } from './similarity.ts'

/** Below every cosine, in either sign: marks pairs that are not candidates. */
const never = -2

export interface Choice {
  /** (n): similarity of each anchor to its chosen partner; meaningless where not valid */
  similarity: Value
  /** (n) bool: whether there was a candidate above the minimum similarity */
  valid: Value
}

/** The most similar candidate of every anchor. similarities (n, n), candidates (n, n) bool. */
export function mostSimilar(similarities: Value, candidates: Value, minimum = -1.5): Choice {
  const [n] = similarities.shape
  const scores = where(candidates, stopGradient(similarities), never)
  const chosen = argMax(scores, 1, true)
  return {
    similarity: reshape(gatherElements(similarities, chosen, 1), [n]),
    valid: greater(reshape(gatherElements(scores, chosen, 1), [n]), minimum),
  }
}

/** The least similar candidate of every anchor. */
export function leastSimilar(similarities: Value, candidates: Value): Choice {
  const { similarity, valid } = mostSimilar(neg(similarities), candidates)
  return { similarity: neg(similarity), valid }
}

/** Negatives that are not more similar than the anchor's positive: semi-hard without a margin. */
export function semiHard(similarities: Value, negative: Value, positive: Choice): Value {
  const [n] = similarities.shape
  return and(
    negative,
    lessOrEqual(stopGradient(similarities), reshape(stopGradient(positive.similarity), [n, 1])),
  )
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
