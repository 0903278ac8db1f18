/**
 * Which positive and which negative an anchor is compared with. The choice is made on detached similarities;
 * gradients flow through the chosen similarities only.
 */
import type { Value } from '../graph/graph.ts'
import { and, cast, greater, lessOrEqual, neg, stopGradient, where } from '../graph/ops/elementwise.ts'
import { concat, expand, gatherElements, reshape, scatterAdd, slice } from '../graph/ops/layout.ts'
import { argMax, cumulativeSum, reduceSum, topK } from '../graph/ops/reduce.ts'
import { maskWhere } from './similarity.ts'

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

/**
 * How many entries of a row of `values` (n, m) are smaller than each entry of that row of `sought` (n, k): (n, k),
 * int64. Both are sorted together, so it takes no more memory than they do.
 */
export function countSmaller(values: Value, sought: Value): Value {
  const [n, m] = values.shape
  const [, k] = sought.shape
  // In ascending order; what is sought comes first among equals, since its index is lower.
  const { indices } = topK(neg(concat([sought, values], 1)), m + k)
  const smaller = cumulativeSum(cast(greater(indices, k - 1), 'float32'))
  const inPlace = scatterAdd(expand(values.graph.constant(0), [n, m + k]), indices, smaller, 1)
  return cast(slice(inPlace, [{ axis: 1, end: k }]), 'int64')
}

/** (n): how many images of the same class stand before each image. `positive` (n, n) bool: the class, without itself. */
export function rankInClass(positive: Value): Value {
  const [n] = positive.shape
  const before = maskWhere(positive, [n, n], (row, column) => column < row)
  return reduceSum(cast(and(positive, before), 'float32'), [1])
}
