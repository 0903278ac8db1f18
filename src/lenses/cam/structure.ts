/**
 * Structural similarity of two maps (Wang, Bovik, Sheikh and Simoncelli 2004, equation 13): in each window of 7 x 7 pixels
 *   (2 m_a m_b + c1) (2 s_ab + c2) / ((m_a^2 + m_b^2 + c1) (s_a^2 + s_b^2 + c2)),  c1 = 0.01^2, c2 = 0.03^2,
 * and the mean over all windows. Each map is stretched to 0 to 1 before, so its scale does not count.
 */
import { largest, smallest } from '../../base/extremes.ts'

const widest = 7
const [c1, c2] = [0.01 ** 2, 0.03 ** 2]

/** @param size side of both maps, which are square */
export function structuralSimilarity(one: Float32Array, other: Float32Array, size: number): number {
  const side = Math.min(widest, size)
  const [a, b] = [stretched(one), stretched(other)]
  const sumOf = (product: (at: number) => number) =>
    windowSums(
      Float64Array.from(a, (_, at) => product(at)),
      size,
      side,
    )
  const sums = [
    sumOf(at => a[at]),
    sumOf(at => b[at]),
    sumOf(at => a[at] ** 2),
    sumOf(at => b[at] ** 2),
    sumOf(at => a[at] * b[at]),
  ]
  const count = side ** 2
  const windows = sums[0].length
  let total = 0
  for (let at = 0; at < windows; at++) {
    const [meanA, meanB, squareA, squareB, both] = sums.map(sum => sum[at] / count)
    // Of a sample: divided by one less than there are pixels.
    const spread = (value: number) => (value * count) / (count - 1)
    const [varianceA, varianceB] = [spread(squareA - meanA ** 2), spread(squareB - meanB ** 2)]
    const covariance = spread(both - meanA * meanB)
    total +=
      ((2 * meanA * meanB + c1) * (2 * covariance + c2)) /
      ((meanA ** 2 + meanB ** 2 + c1) * (varianceA + varianceB + c2))
  }
  return total / windows
}

function stretched(values: Float32Array): Float64Array {
  const [low, high] = [smallest(values), largest(values)]
  return Float64Array.from(values, value => (high > low ? (value - low) / (high - low) : 0))
}

/** Of every window that lies inside, row by row. */
function windowSums(values: Float64Array, size: number, side: number): Float64Array {
  const inside = size - side + 1
  const along = new Float64Array(size * inside)
  for (let y = 0; y < size; y++)
    for (let x = 0; x < inside; x++)
      for (let k = 0; k < side; k++) along[y * inside + x] += values[y * size + x + k]
  const result = new Float64Array(inside * inside)
  for (let y = 0; y < inside; y++)
    for (let x = 0; x < inside; x++)
      for (let k = 0; k < side; k++) result[y * inside + x] += along[(y + k) * inside + x]
  return result
}
