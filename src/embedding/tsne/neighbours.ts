/**
 * Exact nearest neighbours of all rows of a matrix among the others, Euclidean.
 */
import { planMemory } from './memory.ts'
import type { ThreadPool } from './thread-pool.ts'

export interface Neighbours {
  count: number
  k: number
  /** count x k row numbers, nearest first */
  indices: Int32Array
  /** count x k squared distances */
  distances: Float32Array
}

/** The k nearest of those that were found. */
export function nearestOf(neighbours: Neighbours, k: number): Neighbours {
  const { count, k: found } = neighbours
  const cut = <A extends Int32Array | Float32Array>(from: A, into: A): A => {
    for (let i = 0; i < count; i++) into.set(from.subarray(i * found, i * found + k), i * k)
    return into
  }
  return {
    count,
    k,
    indices: cut(neighbours.indices, new Int32Array(count * k)),
    distances: cut(neighbours.distances, new Float32Array(count * k)),
  }
}

export type FindNeighbours = (data: Float32Array, dim: number, k: number) => Promise<Neighbours>

/**
 * By brute force by the thread pool, O(count^2 dim).
 * @param data count x dim, row-major
 * @param k fewer than count
 */
export async function nearestNeighbours(
  pool: ThreadPool,
  data: Float32Array,
  dim: number,
  k: number,
): Promise<Neighbours> {
  const count = data.length / dim
  const packs = Math.ceil(count / 8)
  const plan = planMemory()
  const rows = plan.reserve(data.length * 4)
  const packed = plan.reserve(packs * dim * 8 * 4)
  const norms = plan.reserve(packs * 8 * 4)
  const indices = plan.reserve(count * k * 4)
  const distances = plan.reserve(count * k * 4)
  const memory = plan.make()

  // Distances do not change when the mean is taken away, and dot products then cancel less.
  const centred = new Float32Array(memory.buffer, rows, data.length)
  const mean = columnMeans(data, dim)
  const lengths = new Float32Array(memory.buffer, norms, packs * 8).fill(Number.POSITIVE_INFINITY)
  const packedRows = new Float32Array(memory.buffer, packed, packs * dim * 8)
  for (let i = 0; i < count; i++) {
    let length = 0
    for (let d = 0; d < dim; d++) {
      const value = Math.fround(data[i * dim + d] - mean[d])
      centred[i * dim + d] = value
      packedRows[((i >> 3) * dim + d) * 8 + (i & 7)] = value
      length += value * value
    }
    lengths[i] = length
  }
  await pool.use(memory)
  await pool.run('neighbours', rows, packed, norms, count, dim, k, indices, distances)
  return {
    count,
    k,
    indices: new Int32Array(memory.buffer, indices, count * k).slice(),
    distances: new Float32Array(memory.buffer, distances, count * k).slice(),
  }
}

export function columnMeans(data: Float32Array, dim: number): Float64Array {
  const mean = new Float64Array(dim)
  for (let i = 0; i < data.length; i += dim) for (let d = 0; d < dim; d++) mean[d] += data[i + d]
  const count = data.length / dim
  return mean.map(sum => sum / count)
}
