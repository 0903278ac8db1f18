/**
 * What maps are judged by: how far tied maps lie apart, as they are and after the best rigid motion, and how
 * well a map keeps the neighbourhoods of the vectors it shows.
 */
import { type Neighbours, nearestNeighbours } from './neighbours.ts'
import type { ThreadPool } from './thread-pool.ts'

/** Rows that show the same item in two maps: row a[i] of the one, row b[i] of the other. */
export interface CommonRows {
  a: ArrayLike<number>
  b: ArrayLike<number>
}

/** y = (x m[0] + y m[1] + m[2], x m[3] + y m[4] + m[5]) */
export type RigidMotion = [number, number, number, number, number, number]

/** Mean squared distance between the places of an item in two maps. */
export function alignmentError(first: Float32Array, second: Float32Array, { a, b }: CommonRows): number {
  let total = 0
  for (let i = 0; i < a.length; i++) {
    total += (first[2 * a[i]] - second[2 * b[i]]) ** 2 + (first[2 * a[i] + 1] - second[2 * b[i] + 1]) ** 2
  }
  return total / a.length
}

/** The same after the rotation or reflection and shift of the second that bring it nearest to the first. */
export const procrustesError = (first: Float32Array, second: Float32Array, rows: CommonRows): number =>
  alignmentError(first, moved(second, bestMotion(first, second, rows)), rows)

export function moved(map: Float32Array, [xx, xy, x0, yx, yy, y0]: RigidMotion): Float32Array {
  const out = new Float32Array(map.length)
  for (let i = 0; i < map.length; i += 2) {
    out[i] = map[i] * xx + map[i + 1] * xy + x0
    out[i + 1] = map[i] * yx + map[i + 1] * yy + y0
  }
  return out
}

/** The orthogonal Procrustes problem in the plane, where it has a closed form. */
export function bestMotion(first: Float32Array, second: Float32Array, { a, b }: CommonRows): RigidMotion {
  const [meanA, meanB] = [meanOf(first, a), meanOf(second, b)]
  let [xx, xy, yx, yy] = [0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const ax = first[2 * a[i]] - meanA[0]
    const ay = first[2 * a[i] + 1] - meanA[1]
    const bx = second[2 * b[i]] - meanB[0]
    const by = second[2 * b[i] + 1] - meanB[1]
    xx += ax * bx
    xy += ax * by
    yx += ay * bx
    yy += ay * by
  }
  const rotated = Math.hypot(xx + yy, yx - xy)
  const reflected = Math.hypot(xx - yy, yx + xy)
  const flip = reflected > rotated ? -1 : 1
  const length = Math.max(rotated, reflected)
  const c = length > 0 ? (xx + flip * yy) / length : 1
  const s = length > 0 ? (yx - flip * xy) / length : 0
  // Column by column: the images of the axes of the second map.
  const motion: RigidMotion = [c, -flip * s, 0, s, flip * c, 0]
  motion[2] = meanA[0] - motion[0] * meanB[0] - motion[1] * meanB[1]
  motion[5] = meanA[1] - motion[3] * meanB[0] - motion[4] * meanB[1]
  return motion
}

function meanOf(map: Float32Array, rows: ArrayLike<number>): [number, number] {
  let [x, y] = [0, 0]
  for (let i = 0; i < rows.length; i++) {
    x += map[2 * rows[i]]
    y += map[2 * rows[i] + 1]
  }
  return [x / rows.length, y / rows.length]
}

/** Root mean square distance of a map's points from their mean. */
export function radiusOf(map: Float32Array): number {
  const rows = Array.from({ length: map.length / 2 }, (_, i) => i)
  const [x, y] = meanOf(map, rows)
  let power = 0
  for (let i = 0; i < map.length; i += 2) power += (map[i] - x) ** 2 + (map[i + 1] - y) ** 2
  return Math.sqrt(power / rows.length)
}

export interface MapQuality {
  /** Venna and Kaski 2001: 1 when no neighbour in the map is a stranger among the vectors */
  trustworthiness: number
  /** mean share of the k nearest vectors that are among the k nearest in the map */
  preservation: number
}

/** Distances that are worth computing to rank strangers; more rows than that are sampled. */
const rankingBudget = 1e9

/**
 * @param data count x dim vectors that the map shows
 * @param near the neighbours that count, fewer than half of the points for each
 */
export async function mapQuality(
  pool: ThreadPool,
  data: Float32Array,
  dim: number,
  near: Neighbours,
  map: Float32Array,
): Promise<MapQuality> {
  const shown = await nearestNeighbours(pool, map, 2, near.k)
  return {
    trustworthiness: trustworthiness(data, dim, near, shown),
    preservation: preservation(near, shown),
  }
}

export function preservation(near: Neighbours, shown: Neighbours): number {
  const { count, k } = near
  let kept = 0
  for (let i = 0; i < count; i++) {
    const row = near.indices.subarray(i * k, (i + 1) * k)
    for (let n = 0; n < k; n++) if (row.includes(shown.indices[i * k + n])) kept++
  }
  return kept / (count * k)
}

function trustworthiness(data: Float32Array, dim: number, near: Neighbours, shown: Neighbours): number {
  const { count, k } = near
  const stride = Math.max(1, Math.ceil((count * count * dim) / rankingBudget))
  const distances = new Float64Array(count)
  let penalty = 0
  let rows = 0
  for (let i = 0; i < count; i += stride, rows++) {
    const known = near.indices.subarray(i * k, (i + 1) * k)
    const strangers = shown.indices.subarray(i * k, (i + 1) * k).filter(j => !known.includes(j))
    if (strangers.length === 0) continue
    for (let j = 0; j < count; j++) {
      let total = 0
      for (let d = 0; d < dim; d++) total += (data[i * dim + d] - data[j * dim + d]) ** 2
      distances[j] = total
    }
    for (const stranger of strangers) {
      let rank = 1
      for (let j = 0; j < count; j++) if (j !== i && distances[j] < distances[stranger]) rank++
      penalty += Math.max(0, rank - k)
    }
  }
  return 1 - (2 * penalty) / (rows * k * (2 * count - 3 * k - 1))
}
