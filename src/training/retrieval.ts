/**
 * Retrieval in a set of labelled vectors, exactly: every vector is a query against all others. Similarities
 * are computed block by block through the engine, so memory grows with the number of vectors, not its square.
 *
 * Per query: the most similar vector of its own class and of any other (a dot of the triplet scatter), and the
 * ranking from which recall at K, R-precision and MAP@R follow (Musgrave et al. 2020, "A Metric Learning
 * Reality Check", section 2).
 */
import { Graph, type Value } from '../graph/graph.ts'
import { and, equal, not, where } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { gemm } from '../graph/ops/linear.ts'
import { argMax, reduceMax } from '../graph/ops/reduce.ts'
import { float32, int64 } from '../graph/tensor.ts'
import type { Engine, Tensors } from '../runtime/engine.ts'

export interface Vectors {
  /** n x dim, row-major; any length but zero */
  data: Float32Array
  dim: number
  /** n class numbers */
  labels: ArrayLike<number>
}

export interface Triplets {
  /** similarity to the nearest vector of the same class; -1 where there is none */
  positive: Float32Array
  /** similarity to the nearest vector of another class; -1 where there is none */
  negative: Float32Array
  /** their places; -1 where there is none */
  positiveIndex: Int32Array
  negativeIndex: Int32Array
}

export interface Retrieval {
  /** share of queries with a hit among the K nearest, by K; over queries that have a classmate */
  recall: Record<string, number>
  /** mean average precision at R, R being the number of classmates */
  mapAtR: number
  triplets: Triplets
  /** queries that have a classmate; the others are left out of every share */
  queries: number
}

export const recallRanks = [1, 2, 4, 8] as const

/** Similarities held at once: 64 MB. */
const blockElements = 16e6

/** Rows of length 1; a zero row stays zero. */
export function normaliseRows(data: Float32Array, dim: number): Float32Array {
  const unit = new Float32Array(data.length)
  for (let start = 0; start < data.length; start += dim) {
    let sum = 0
    for (let i = start; i < start + dim; i++) sum += data[i] * data[i]
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0
    for (let i = start; i < start + dim; i++) unit[i] = data[i] * scale
  }
  return unit
}

/** Recall, MAP@R and triplets of all vectors against each other. Ties rank by index, lower first. */
export async function retrieve(
  engine: Engine,
  { data, dim, labels }: Vectors,
  signal?: AbortSignal,
): Promise<Retrieval> {
  const n = labels.length
  const unit = normaliseRows(data, dim)
  const classmates = countClassmates(labels)
  const depth = Math.min(n - 1, Math.max(recallRanks[recallRanks.length - 1], ...classmates))
  const block = Math.max(1, Math.min(n, Math.floor(blockElements / n)))
  const program = await engine.compile(rankingRequest(n, dim, block, depth))
  const gallery = float32([n, dim], unit)
  const galleryLabels = int64([n], Array.from(labels))

  const triplets: Triplets = {
    positive: new Float32Array(n),
    negative: new Float32Array(n),
    positiveIndex: new Int32Array(n),
    negativeIndex: new Int32Array(n),
  }
  const hits = new Map<number, number>(recallRanks.map(k => [k, 0]))
  let precision = 0
  let queries = 0
  try {
    for (let start = 0; start < n; start += block) {
      signal?.throwIfAborted()
      // The last block is filled up with rows already seen, so that one compiled graph serves all.
      const first = Math.min(start, n - block)
      const result = await program.run({
        gallery,
        galleryLabels,
        queries: float32([block, dim], unit.subarray(first * dim, (first + block) * dim)),
        queryLabels: int64(
          [block],
          Array.from({ length: block }, (_, i) => labels[first + i]),
        ),
        queryIndices: int64(
          [block],
          Array.from({ length: block }, (_, i) => first + i),
        ),
      })
      const ranking = result.ranking.data as BigInt64Array
      for (let row = start - first; row < block; row++) {
        const query = first + row
        readTriplet(triplets, query, row, result)
        const mates = classmates[query]
        if (mates === 0) continue
        queries++
        precision += averagePrecision(
          ranking,
          row * depth,
          Math.min(mates, depth),
          i => labels[i] === labels[query],
        )
        let found = 0
        while (found < depth && labels[Number(ranking[row * depth + found])] !== labels[query]) found++
        for (const k of recallRanks) if (found < k) hits.set(k, hits.get(k)! + 1)
      }
    }
  } finally {
    await program.dispose()
  }
  const recall = Object.fromEntries(recallRanks.map(k => [String(k), queries ? hits.get(k)! / queries : 0]))
  return { recall, mapAtR: queries ? precision / queries : 0, triplets, queries }
}

function countClassmates(labels: ArrayLike<number>): Int32Array {
  const counts = new Map<number, number>()
  for (let i = 0; i < labels.length; i++) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1)
  return Int32Array.from(labels, label => counts.get(label)! - 1)
}

/** Mean over the first R ranks of precision at each hit, divided by R. */
function averagePrecision(
  ranking: BigInt64Array,
  start: number,
  relevant: number,
  isHit: (index: number) => boolean,
): number {
  let hits = 0
  let sum = 0
  for (let rank = 0; rank < relevant; rank++) {
    if (isHit(Number(ranking[start + rank]))) sum += ++hits / (rank + 1)
  }
  return sum / relevant
}

/** Below every cosine: the query itself, and pairs that do not qualify. */
const never = -2

function rankingRequest(n: number, dim: number, block: number, depth: number) {
  const graph = new Graph()
  const gallery = graph.input('gallery', [n, dim])
  const galleryLabels = graph.input('galleryLabels', [n], 'int64')
  const queries = graph.input('queries', [block, dim])
  const queryLabels = graph.input('queryLabels', [block], 'int64')
  const queryIndices = graph.input('queryIndices', [block], 'int64')
  const indices = graph.constant(
    int64(
      [1, n],
      Array.from({ length: n }, (_, i) => i),
    ),
  )

  const isSelf = equal(reshape(queryIndices, [block, 1]), indices)
  const same = equal(reshape(queryLabels, [block, 1]), reshape(galleryLabels, [1, n]))
  const others = where(isSelf, never, gemm(queries, gallery, undefined, { transB: true }))
  const nearest = (candidates: Value) => {
    const scores = where(candidates, others, never)
    return { similarity: reduceMax(scores, [1]), index: argMax(scores, 1) }
  }
  const positive = nearest(and(same, not(isSelf)))
  const negative = nearest(not(same))
  const depthValue = graph.constant(int64([1], [depth]))
  const shape = [block, depth]
  const [, ranking] = graph.node('TopK', [others, depthValue], [{ shape }, { shape, dtype: 'int64' }], {
    attributes: { axis: 1 },
  })
  const outputs = {
    ranking,
    positive: positive.similarity,
    positiveIndex: positive.index,
    negative: negative.similarity,
    negativeIndex: negative.index,
  }
  return { graph, outputs }
}

function readTriplet(triplets: Triplets, query: number, row: number, result: Tensors): void {
  for (const side of ['positive', 'negative'] as const) {
    const similarity = (result[side].data as Float32Array)[row]
    const exists = similarity > never
    triplets[side][query] = exists ? similarity : -1
    triplets[`${side}Index`][query] = exists
      ? Number((result[`${side}Index`].data as BigInt64Array)[row])
      : -1
  }
}
