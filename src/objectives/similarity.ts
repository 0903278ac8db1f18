/**
 * Cosine similarities within a batch, and which pairs are what. Never more than the square of the batch.
 */
import type { Value } from '../graph/graph.ts'
import { and, equal, greater, lessOrEqual, mul, not, sqrt, sub, where } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { gemm } from '../graph/ops/linear.ts'
import { l2Normalise } from '../graph/ops/softmax.ts'

export interface PairMasks {
  /** (n, n) bool: same class, not the image itself */
  positive: Value
  /** (n, n) bool: another class */
  negative: Value
}

/** S (n, n): cosine similarity of every two rows of embeddings (n, dim). */
export function cosineSimilarities(embeddings: Value): Value {
  const unit = l2Normalise(embeddings)
  return gemm(unit, unit, undefined, { transB: true })
}

/** A constant mask (rows, columns) bool, in the graph of `value`. */
export function maskWhere(
  { graph }: Value,
  [rows, columns]: readonly [number, number],
  holds: (row: number, column: number) => boolean,
): Value {
  const data = Uint8Array.from({ length: rows * columns }, (_, k) =>
    Number(holds(Math.floor(k / columns), k % columns)),
  )
  return graph.constant({ dtype: 'bool', shape: [rows, columns], data })
}

export function pairMasks(labels: Value): PairMasks {
  const [n] = labels.shape
  const same = equal(reshape(labels, [n, 1]), reshape(labels, [1, n]))
  return {
    positive: and(
      same,
      maskWhere(labels, [n, n], (row, column) => row !== column),
    ),
    negative: not(same),
  }
}

/** Squared distances of unit vectors from their cosines: D^2 = 2 - 2 S. */
export const squaredDistances = (similarities: Value): Value => mul(sub(1, similarities), 2)

/** Below this a squared distance is rounding: the distance is 0 there, and so is its gradient. */
const tooClose = 1e-6

/** D = sqrt(2 - 2 S). */
export function distances(similarities: Value): Value {
  const squares = squaredDistances(similarities)
  const apart = greater(squares, tooClose)
  return where(apart, sqrt(where(apart, squares, 1)), 0)
}

/** Leaves out pairs above the ceiling: a class-filling sampler can put one image into a batch twice. */
export const withoutDuplicates = (positive: Value, similarities: Value, ceiling: number): Value =>
  and(positive, lessOrEqual(similarities, ceiling))
