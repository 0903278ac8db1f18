/**
 * Nearest neighbours through the engine's matrix products: |a - b|^2 = |a|^2 + |b|^2 - 2 a.b, a block of queries
 * against all candidates at a time, of which the engine keeps the nearest few. The distances of those are then
 * recomputed from the differences. Exact up to the rounding of the products, and memory grows with the number
 * of vectors, not its square.
 */
import { Graph } from '../../graph/graph.ts'
import { sub } from '../../graph/ops/elementwise.ts'
import { gemm } from '../../graph/ops/linear.ts'
import { topK } from '../../graph/ops/reduce.ts'
import { float32, integers } from '../../graph/tensor.ts'
import type { Engine } from '../../runtime/engine.ts'
import { columnMeans, type FindNeighbours, type Neighbours } from './neighbours.ts'

/** Products held at once: 64 MB. */
const blockElements = 16e6
/** Taken beyond k, for the query itself and for ranks that the rounding of products has changed. */
const spare = 8

export const neighboursByEngine =
  (engine: Engine, signal?: AbortSignal): FindNeighbours =>
  async (data, dim, k) => {
    const count = data.length / dim
    const rows = centred(data, dim)
    // The greater a.b - |b|^2 / 2, the nearer; the query's own length changes no order.
    const halves = Float32Array.from({ length: count }, (_, i) => {
      let length = 0
      for (let at = i * dim; at < (i + 1) * dim; at++) length += rows[at] * rows[at]
      return length / 2
    })
    const depth = Math.min(count, k + 1 + spare)
    const block = Math.min(count, Math.max(16, Math.floor(blockElements / count)))
    const graph = new Graph()
    const queries = graph.input('queries', [block, dim])
    const products = gemm(queries, graph.input('candidates', [count, dim]), undefined, { transB: true })
    const { indices: nearest } = topK(sub(products, graph.input('halves', [1, count])), depth)
    const program = await engine.compile({ graph, outputs: { nearest } })
    const all = { candidates: float32([count, dim], rows), halves: float32([1, count], halves) }
    const found: Neighbours = {
      count,
      k,
      indices: new Int32Array(count * k),
      distances: new Float32Array(count * k),
    }
    try {
      for (let start = 0; start < count; start += block) {
        signal?.throwIfAborted()
        // The last block begins earlier, so that all have one size.
        const first = Math.min(start, count - block)
        const part = rows.subarray(first * dim, (first + block) * dim)
        const { nearest } = await program.run({ queries: float32([block, dim], part), ...all })
        for (let row = start; row < Math.min(start + block, count); row++)
          settle(rows, dim, row, integers(nearest), (row - first) * depth, depth, found)
      }
    } finally {
      await program.dispose()
    }
    return found
  }

/** Distances do not change when the mean is taken away, and dot products then cancel less. */
function centred(data: Float32Array, dim: number): Float32Array {
  const mean = columnMeans(data, dim)
  return data.map((value, at) => value - mean[at % dim])
}

/** Recomputes the distances of a query's candidates and keeps the k nearest others, nearest first. */
function settle(
  rows: Float32Array,
  dim: number,
  query: number,
  candidates: BigInt64Array,
  from: number,
  depth: number,
  { k, indices, distances }: Neighbours,
): void {
  let kept = 0
  const base = query * k
  for (let at = from; at < from + depth; at++) {
    const other = Number(candidates[at])
    if (other === query) continue
    let total = 0
    for (let d = 0; d < dim; d++) total += (rows[query * dim + d] - rows[other * dim + d]) ** 2
    const distance = Math.fround(total)
    if (kept === k && distance >= distances[base + k - 1]) continue
    let slot = kept < k ? kept++ : k - 1
    for (; slot > 0 && distances[base + slot - 1] > distance; slot--) {
      distances[base + slot] = distances[base + slot - 1]
      indices[base + slot] = indices[base + slot - 1]
    }
    distances[base + slot] = distance
    indices[base + slot] = other
  }
}
