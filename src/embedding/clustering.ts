/**
 * Clustering quality of an embedding: k-means with as many clusters as there are classes, and the normalised
 * mutual information between clusters and classes. Distances are computed in blocks through the engine.
 */
import { type Random, random } from '../base/random.ts'
import { Graph } from '../graph/graph.ts'
import { sub } from '../graph/ops/elementwise.ts'
import { gemm } from '../graph/ops/linear.ts'
import { argMax, reduceMax } from '../graph/ops/reduce.ts'
import { float32, floats, integers } from '../graph/tensor.ts'
import type { Engine } from '../runtime/engine.ts'

export interface KMeansOptions {
  clusters: number
  seed?: number
  /** independent starts, of which the one that ends with the least inertia is kept */
  starts?: number
  /** at most; it ends before when no vector changes its cluster */
  iterations?: number
  signal?: AbortSignal
}

export interface KMeans {
  /** n */
  assignment: Int32Array
  /** clusters x dim, row-major */
  centres: Float32Array
  /** sum of squared distances to the own centre */
  inertia: number
}

/** Products held at once: 64 MB. */
const blockElements = 16e6

/**
 * Lloyd's algorithm from a k-means++ start (Arthur and Vassilvitskii, 2007). data: n x dim, row-major. A cluster
 * that loses all its vectors starts again at the vector that is farthest from its centre.
 */
export async function kMeans(
  engine: Engine,
  data: Float32Array,
  dim: number,
  { clusters, seed = 0, starts = 3, iterations = 50, signal }: KMeansOptions,
): Promise<KMeans> {
  const n = data.length / dim
  const k = Math.min(clusters, n)
  if (k === 0) return { assignment: new Int32Array(0), centres: new Float32Array(0), inertia: 0 }
  const nearest = await nearestCentres(engine, data, dim, k, signal)
  let best: KMeans | undefined
  try {
    for (let start = 0; start < starts; start++) {
      const stream = random(seed, 'k-means', start)
      const centres = await spreadCentres(engine, data, dim, k, stream, signal)
      const assignment = new Int32Array(n).fill(-1)
      const distance = new Float64Array(n)
      for (let iteration = 0; ; iteration++) {
        const changed = await nearest.assign(centres, assignment, distance)
        if (changed === 0 || iteration === iterations) break
        moveCentres(data, dim, assignment, distance, centres)
      }
      const inertia = distance.reduce((sum, value) => sum + value, 0)
      if (!best || inertia < best.inertia) best = { assignment, centres, inertia }
    }
  } finally {
    await nearest.dispose()
  }
  return best!
}

/** The most rounds in which the centres of a start are drawn. */
const drawingRounds = 64

/**
 * k of the vectors, each drawn with a chance that grows with the squared distance to those drawn before. Of more
 * than 64, several are drawn at a time, as k-means|| does (Bahmani et al., 2012): one by one, k passes over all
 * vectors would take longer than everything that follows.
 */
async function spreadCentres(
  engine: Engine,
  data: Float32Array,
  dim: number,
  k: number,
  stream: Random,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const n = data.length / dim
  const atOnce = Math.ceil(k / drawingRounds)
  const newest = new Float32Array(atOnce * dim)
  const nearest = await nearestCentres(engine, data, dim, atOnce, signal)
  const centres = new Float32Array(k * dim)
  const gap = new Float64Array(n).fill(1)
  const [places, distance] = [new Int32Array(n), new Float64Array(n)]
  try {
    for (let drawn = 0; ; drawn += atOnce) {
      for (let i = 0; i < atOnce; i++) {
        const chosen = drawByWeight(gap, stream)
        gap[chosen] = 0
        newest.set(data.subarray(chosen * dim, (chosen + 1) * dim), i * dim)
      }
      centres.set(newest.subarray(0, Math.min(atOnce, k - drawn) * dim), drawn * dim)
      if (drawn + atOnce >= k) return centres
      await nearest.assign(newest, places, distance)
      for (let i = 0; i < n; i++) gap[i] = drawn === 0 ? distance[i] : Math.min(gap[i], distance[i])
    }
  } finally {
    await nearest.dispose()
  }
}

/** A place, drawn with a chance in proportion to its weight; any place where all weights are 0. */
function drawByWeight(weights: Float64Array, stream: Random): number {
  let total = 0
  for (let i = 0; i < weights.length; i++) total += weights[i]
  if (total === 0) return stream.integer(weights.length)
  let left = stream.uniform() * total
  let place = 0
  while (place < weights.length - 1 && left >= weights[place]) left -= weights[place++]
  return place
}

async function nearestCentres(
  engine: Engine,
  data: Float32Array,
  dim: number,
  k: number,
  signal?: AbortSignal,
) {
  const n = data.length / dim
  const block = Math.max(1, Math.min(n, Math.floor(blockElements / k)))
  const graph = new Graph()
  // The nearest centre c of x has the largest x.c - |c|^2 / 2.
  const products = gemm(graph.input('rows', [block, dim]), graph.input('centres', [k, dim]), undefined, {
    transB: true,
  })
  const scores = sub(products, graph.input('halfSquares', [k]))
  const program = await engine.compile({
    graph,
    outputs: { index: argMax(scores, 1), score: reduceMax(scores, [1]) },
  })
  const squares = squaresOf(data, dim)
  return {
    /** Fills in clusters and squared distances; returns how many clusters changed. */
    async assign(centres: Float32Array, assignment: Int32Array, distance: Float64Array): Promise<number> {
      const halfSquares = float32(
        [k],
        Float32Array.from(squaresOf(centres, dim), value => value / 2),
      )
      let changed = 0
      for (let start = 0; start < n; start += block) {
        signal?.throwIfAborted()
        const first = Math.min(start, n - block)
        const result = await program.run({
          rows: float32([block, dim], data.subarray(first * dim, (first + block) * dim)),
          centres: float32([k, dim], centres),
          halfSquares,
        })
        const index = integers(result.index)
        const score = floats(result.score)
        for (let row = start - first; row < block; row++) {
          const cluster = Number(index[row])
          if (assignment[first + row] !== cluster) changed++
          assignment[first + row] = cluster
          distance[first + row] = Math.max(0, squares[first + row] - 2 * score[row])
        }
      }
      return changed
    },
    dispose: () => program.dispose(),
  }
}

function squaresOf(rows: Float32Array, dim: number): Float64Array {
  const squares = new Float64Array(rows.length / dim)
  for (let k = 0; k < rows.length; k++) squares[Math.floor(k / dim)] += rows[k] ** 2
  return squares
}

/** Every centre to the mean of its vectors. */
function moveCentres(
  data: Float32Array,
  dim: number,
  assignment: Int32Array,
  distance: Float64Array,
  centres: Float32Array,
): void {
  const k = centres.length / dim
  const counts = new Int32Array(k)
  const sums = new Float64Array(centres.length)
  assignment.forEach((cluster, i) => {
    counts[cluster]++
    for (let c = 0; c < dim; c++) sums[cluster * dim + c] += data[i * dim + c]
  })
  for (let cluster = 0; cluster < k; cluster++) {
    if (counts[cluster] === 0) {
      const farthest = distance.reduce((best, value, i) => (value > distance[best] ? i : best), 0)
      distance[farthest] = 0
      centres.set(data.subarray(farthest * dim, (farthest + 1) * dim), cluster * dim)
      continue
    }
    for (let c = 0; c < dim; c++) centres[cluster * dim + c] = sums[cluster * dim + c] / counts[cluster]
  }
}

/**
 * Normalised mutual information of two labellings of the same items, 2 I / (H1 + H2): 1 where they are the same up
 * to names, 0 where one tells nothing of the other; 1 where both have a single class.
 */
export function normalisedMutualInformation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const { h1, h2, joint } = contingency(one, other)
  return h1 + h2 === 0 ? 1 : (2 * (h1 + h2 - joint)) / (h1 + h2)
}

/**
 * The same less what chance gives, (I - E) / ((H1 + H2) / 2 - E), E the expectation over all labellings with groups of
 * these sizes (Vinh, Epps and Bailey 2010, equations 24a and 28): 0 on average where one tells nothing of the other.
 */
export function adjustedMutualInformation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const { h1, h2, joint, rows, columns } = contingency(one, other)
  // Both of one group, or both with every item alone.
  if (rows.length === columns.length && (rows.length <= 1 || rows.length === one.length)) return 1
  const expected = expectedInformation(rows, columns, one.length)
  const above = (h1 + h2) / 2 - expected
  return (h1 + h2 - joint - expected) / (Math.sign(above) * Math.max(Math.abs(above), Number.EPSILON))
}

/** Sizes of the groups of both labellings, and entropies of each and of both together. */
function contingency(one: ArrayLike<number>, other: ArrayLike<number>) {
  const n = one.length
  const [rows, columns, cells] = [0, 1, 2].map(() => new Map<string, number>())
  const count = (table: Map<string, number>, key: string) => table.set(key, (table.get(key) ?? 0) + 1)
  for (let i = 0; i < n; i++) {
    count(rows, `${one[i]}`)
    count(columns, `${other[i]}`)
    count(cells, `${one[i]} ${other[i]}`)
  }
  const entropy = (table: Map<string, number>) =>
    [...table.values()].reduce((sum, size) => sum - (size / n) * Math.log(size / n), 0)
  return {
    h1: entropy(rows),
    h2: entropy(columns),
    joint: entropy(cells),
    rows: [...rows.values()],
    columns: [...columns.values()],
  }
}

/** Mutual information of two labellings with these sizes, expected by chance: a sum over the hypergeometric distribution. */
function expectedInformation(rows: readonly number[], columns: readonly number[], n: number): number {
  const logFactorial = new Float64Array(n + 1)
  for (let k = 2; k <= n; k++) logFactorial[k] = logFactorial[k - 1] + Math.log(k)
  const ofPair = (a: number, b: number): number => {
    const fixed =
      logFactorial[a] + logFactorial[b] + logFactorial[n - a] + logFactorial[n - b] - logFactorial[n]
    let sum = 0
    for (let both = Math.max(1, a + b - n); both <= Math.min(a, b); both++) {
      const chance = Math.exp(
        fixed -
          logFactorial[both] -
          logFactorial[a - both] -
          logFactorial[b - both] -
          logFactorial[n - a - b + both],
      )
      sum += (both / n) * Math.log((n * both) / (a * b)) * chance
    }
    return sum
  }
  // Groups of the same sizes add the same.
  const [rowSizes, columnSizes] = [rows, columns].map(timesOf)
  let expected = 0
  for (const [a, timesA] of rowSizes)
    for (const [b, timesB] of columnSizes) expected += timesA * timesB * ofPair(a, b)
  return expected
}

function timesOf(sizes: readonly number[]): Map<number, number> {
  const times = new Map<number, number>()
  for (const size of sizes) times.set(size, (times.get(size) ?? 0) + 1)
  return times
}
