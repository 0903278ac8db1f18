/**
 * The similarity of two images as a sum over places (Stylianou, Souvenir, Pless, "Visualizing Deep Similarity
 * Networks", WACV 2019). With maps A, B of K places and C channels, a and b their means over places,
 *
 *   cos(a, b) = sum_k A_k.b / (K |a| |b|),
 *
 * so each image gets a map whose sum is the cosine: nothing is approximated, and no gradient is needed. Max
 * pooling is the same with, for each channel, the maximum on the places that attain it, divided among them, and 0
 * elsewhere. A linear head e = W a + c maps every place by W first; its constant c is spread evenly.
 */
import type { FeatureMaps } from '../maps/feature-maps.ts'

export type Pool = 'average' | 'max'

export interface LinearHead {
  /** width x channels, row-major */
  weight: Float32Array
  /** width */
  bias: Float32Array
}

export interface SimilarityMaps {
  /** K values for each image; either sums to the cosine */
  one: Float32Array
  other: Float32Array
  cosine: number
}

/**
 * What every place adds to the pooled vector: K x width, row-major, and their sum. Max pooling takes no head.
 * @param map (channels, K) row-major
 */
export function placeVectors(
  map: Float32Array,
  channels: number,
  pool: Pool,
  head?: LinearHead,
): { places: Float64Array; pooled: Float64Array; width: number } {
  const count = map.length / channels
  const shares = new Float64Array(count * channels)
  for (let channel = 0; channel < channels; channel++) {
    const own = map.subarray(channel * count, (channel + 1) * count)
    const top = pool === 'max' ? own.reduce((a, b) => Math.max(a, b)) : 0
    const ties = pool === 'max' ? own.reduce((ties, value) => ties + (value === top ? 1 : 0), 0) : 0
    for (let k = 0; k < count; k++)
      shares[k * channels + channel] = pool === 'max' ? (own[k] === top ? top / ties : 0) : own[k] / count
  }
  const places = head ? throughHead(shares, channels, count, head) : shares
  const width = places.length / count
  const pooled = new Float64Array(width)
  places.forEach((value, at) => {
    pooled[at % width] += value
  })
  return { places, pooled, width }
}

function throughHead(shares: Float64Array, channels: number, count: number, { weight, bias }: LinearHead) {
  const width = bias.length
  const places = new Float64Array(count * width)
  for (let k = 0; k < count; k++)
    for (let row = 0; row < width; row++) {
      let sum = bias[row] / count
      for (let channel = 0; channel < channels; channel++)
        sum += weight[row * channels + channel] * shares[k * channels + channel]
      places[k * width + row] = sum
    }
  return places
}

/** Maps of the first image against the second. */
export function similarityMaps(
  a: Float32Array,
  b: Float32Array,
  channels: number,
  pool: Pool,
  head?: LinearHead,
): SimilarityMaps {
  const [one, other] = [a, b].map(map => placeVectors(map, channels, pool, head))
  const norm = Math.hypot(...one.pooled) * Math.hypot(...other.pooled) || 1
  const against = ({ places, width }: typeof one, pooled: Float64Array) =>
    Float32Array.from({ length: places.length / width }, (_, k) => {
      let sum = 0
      for (let c = 0; c < width; c++) sum += places[k * width + c] * pooled[c]
      return sum / norm
    })
  return {
    one: against(one, other.pooled),
    other: against(other, one.pooled),
    cosine: one.pooled.reduce((sum, value, c) => sum + value * other.pooled[c], 0) / norm,
  }
}

/**
 * What every pair of places adds to the cosine: one row for each place of the first image, one column for each of the
 * second. A row sums to the place's value in the map of the first image, a column to that in the map of the second.
 */
export function placePairs(
  a: Float32Array,
  b: Float32Array,
  channels: number,
  pool: Pool,
  head?: LinearHead,
): Float32Array {
  const [one, other] = [a, b].map(map => placeVectors(map, channels, pool, head))
  const norm = Math.hypot(...one.pooled) * Math.hypot(...other.pooled) || 1
  const { width } = one
  const [rows, columns] = [one.places.length / width, other.places.length / width]
  const pairs = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      let sum = 0
      for (let c = 0; c < width; c++) sum += one.places[row * width + c] * other.places[column * width + c]
      pairs[row * columns + column] = sum / norm
    }
  return pairs
}

/** What every channel adds to the cosine of the pooled vectors: (channels), summing to it. */
export function channelContributions(
  a: Float32Array,
  b: Float32Array,
  channels: number,
  pool: Pool,
): Float64Array {
  const [one, other] = [a, b].map(map => placeVectors(map, channels, pool).pooled)
  const norm = Math.hypot(...one) * Math.hypot(...other) || 1
  return one.map((value, channel) => (value * other[channel]) / norm)
}

/** How many of the largest contributions it takes to reach a share of their sum. */
export function countForShare(contributions: Float64Array, share: number): number {
  const sorted = contributions.toSorted().reverse()
  const goal = share * sorted.reduce((sum, value) => sum + value, 0)
  let sum = 0
  const at = sorted.findIndex(value => {
    sum += value
    return sum >= goal - 1e-12
  })
  return at < 0 ? sorted.length : at + 1
}

/**
 * The cells of a map that look into a region, given in shares of the picture: x, y, width, height. Where none does, the
 * one that looks nearest to its middle.
 */
export function cutRegion(
  map: Float32Array,
  { channels, height, width, grid, size }: Omit<FeatureMaps, 'maps'>,
  [x, y, w, h]: readonly number[],
): Float32Array {
  const span = (from: number, length: number, count: number, side: 0 | 1) => {
    const places = Array.from(
      { length: count },
      (_, cell) => (grid.centre[side] + cell * grid.stride[side] + 0.5) / size,
    )
    const within = places.flatMap((place, cell) => (place >= from && place <= from + length ? [cell] : []))
    if (within.length) return [within[0], within.at(-1)! + 1]
    const far = (cell: number) => Math.abs(places[cell] - from - length / 2)
    const nearest = places.reduce((best, _, cell) => (far(cell) < far(best) ? cell : best), 0)
    return [nearest, nearest + 1]
  }
  const [left, right] = span(x, w, width, 1)
  const [top, bottom] = span(y, h, height, 0)
  const cut: number[] = []
  for (let channel = 0; channel < channels; channel++)
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++)
        cut.push(map[(channel * height + row) * width + column])
  return Float32Array.from(cut)
}
