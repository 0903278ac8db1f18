/**
 * Vectors in the order of their similarity to a query.
 *
 * Cosines of nearly equal vectors, as untrained networks give them, all round to 1. Their order, and which of them is
 * the query itself, follow from the distances of the unit vectors instead: |a - b|^2 / 2 = 1 - cos(a, b), without the
 * loss of digits.
 */
import { medianOf } from '../../base/statistics.ts'

/** 1 - cosine of each row with the query. */
export function distancesTo(query: ArrayLike<number>, vectors: Float32Array): Float64Array {
  const dim = query.length
  const unit = unitOf(query)
  return Float64Array.from({ length: vectors.length / dim }, (_, row) => {
    const other = unitOf(vectors.subarray(row * dim, (row + 1) * dim))
    let sum = 0
    for (let c = 0; c < dim; c++) sum += (unit[c] - other[c]) ** 2
    return sum / 2
  })
}

function unitOf(vector: ArrayLike<number>): Float64Array {
  let square = 0
  for (let c = 0; c < vector.length; c++) square += vector[c] ** 2
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0
  return Float64Array.from(vector, value => value * scale)
}

/** Share of the usual distance within which an image is the query itself, read in another way. */
const nearlyNothing = 1e-3

/**
 * Rows by distance, nearest first.
 *
 * @param isQuery whether a row is known to be the query
 */
export function nearestRows(
  distances: Float64Array,
  count: number,
  isQuery: (row: number) => boolean,
): number[] {
  const usual = medianOf(distances)
  return Array.from(distances.keys())
    .filter(row => !isQuery(row) && distances[row] > nearlyNothing * usual)
    .sort((i, j) => distances[i] - distances[j])
    .slice(0, count)
}
