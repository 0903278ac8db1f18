/**
 * Which positive and which negative an anchor is compared with. The choice is made on detached similarities;
 * gradients flow through the chosen similarities only.
 */
import type { Value } from '../graph/graph.ts'
import { and, greater, lessOrEqual, stopGradient, where } from '../graph/ops/elementwise.ts'
import { gatherElements, reshape } from '../graph/ops/layout.ts'
import { argMax } from '../graph/ops/reduce.ts'

/** Below every cosine: marks pairs that are not candidates. */
const never = -2

export interface Choice {
  /** (n): similarity of each anchor to its chosen partner; meaningless where not valid */
  similarity: Value
  /** (n) bool: whether there was a candidate above the minimum similarity */
  valid: Value
}

/** The most similar candidate of every anchor. similarities (n, n), candidates (n, n) bool. */
export function mostSimilar(similarities: Value, candidates: Value, minimum: number): Choice {
  const [n] = similarities.shape
  const scores = where(candidates, stopGradient(similarities), never)
  const similarity = reshape(gatherElements(similarities, argMax(scores, 1, true), 1), [n])
  const best = reshape(gatherElements(scores, argMax(scores, 1, true), 1), [n])
  return { similarity, valid: greater(best, minimum) }
}

/** Negatives that are not more similar than the anchor's positive: semi-hard without a margin. */
export function semiHard(similarities: Value, negative: Value, positive: Choice): Value {
  const [n] = similarities.shape
  return and(
    negative,
    lessOrEqual(stopGradient(similarities), reshape(stopGradient(positive.similarity), [n, 1])),
  )
}
