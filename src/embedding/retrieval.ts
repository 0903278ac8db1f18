/**
 * Retrieval in labelled vectors, exactly: every query against the whole gallery, or every vector against all
 * others. Similarities are computed block by block through the engine, so memory grows with the number of
 * vectors, not its square.
 *
 * Per query: the most similar vector of its own class and of any other (a dot of the triplet scatter), and the
 * ranking from which recall at K, R-precision and MAP@R follow (Musgrave et al. 2020, "A Metric Learning
 * Reality Check", section 2).
 */
import { GlasshouseError } from '../base/errors.ts'
import { Graph } from '../graph/graph.ts'
import { gemm } from '../graph/ops/linear.ts'
import { topK } from '../graph/ops/reduce.ts'
import { float32 } from '../graph/tensor.ts'
import type { Engine } from '../runtime/engine.ts'

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
  /** their places in the gallery; -1 where there is none */
  positiveIndex: Int32Array
  negativeIndex: Int32Array
}

export interface Retrieval {
  /** share of queries with a hit among the K nearest, by K; over queries that have a classmate */
  recall: Record<string, number>
  /** mean share of classmates among the R nearest, R being their number */
  rPrecision: number
  /** mean average precision at R */
  mapAtR: number
  triplets: Triplets
  /** queries that have a classmate; the others are left out of every share */
  queries: number
}

export interface RetrievalOptions {
  /** what is searched; the queries themselves, each without itself, unless given */
  gallery?: Vectors
  /** the K of recall at K */
  ranks?: readonly number[]
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

export const recallRanks: readonly number[] = [1, 2, 4, 8]

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

/** One query's nearest in the gallery, itself left out, most similar first; ties by index, lower first. */
interface Ranking {
  indices: Int32Array
  similarities: Float32Array
}

/**
 * Recall, R-precision, MAP@R and triplets of all queries.
 *
 * @throws GlasshouseError where a number is not finite, or queries and gallery differ in their dimension
 */
export async function retrieve(
  engine: Engine,
  queries: Vectors,
  { gallery = queries, ranks = recallRanks, signal, onProgress }: RetrievalOptions = {},
): Promise<Retrieval> {
  requireVectors(queries, 'queries')
  if (gallery !== queries) requireVectors(gallery, 'gallery', queries.dim)
  const count = queries.labels.length
  const members = membersOf(gallery.labels)
  const isSelf = gallery === queries
  const matesOf = (query: number) => (members.get(queries.labels[query])?.length ?? 0) - (isSelf ? 1 : 0)
  const most = Array.from({ length: count }, (_, query) => matesOf(query)).reduce((a, b) => Math.max(a, b), 0)
  // One more than the classmates there are always holds a stranger.
  const depth = Math.min(gallery.labels.length - (isSelf ? 1 : 0), Math.max(...ranks, most + 1))
  const triplets: Triplets = {
    positive: new Float32Array(count).fill(-1),
    negative: new Float32Array(count).fill(-1),
    positiveIndex: new Int32Array(count).fill(-1),
    negativeIndex: new Int32Array(count).fill(-1),
  }
  const hits = new Map(ranks.map(k => [k, 0]))
  const sums = { precision: 0, averagePrecision: 0, queries: 0 }

  const units = normaliseRows(queries.data, queries.dim)
  const galleryUnits = isSelf ? units : normaliseRows(gallery.data, gallery.dim)
  const similarity = (query: number, place: number) => {
    let sum = 0
    for (let k = 0; k < queries.dim; k++)
      sum += units[query * queries.dim + k] * galleryUnits[place * queries.dim + k]
    return sum
  }
  const read = (query: number, ranking: Ranking) => {
    const label = queries.labels[query]
    const isHit = (rank: number) => gallery.labels[ranking.indices[rank]] === label
    readTriplet(triplets, query, ranking, isHit, () =>
      nearest(members.get(label) ?? [], place => similarity(query, place), isSelf ? query : -1),
    )
    const mates = matesOf(query)
    if (mates <= 0) return
    let found = 0
    while (found < depth && !isHit(found)) found++
    for (const k of ranks) if (found < k) hits.set(k, hits.get(k)! + 1)
    const precise = precisionAt(mates, isHit)
    sums.precision += precise.precision
    sums.averagePrecision += precise.average
    sums.queries++
  }
  if (depth > 0) {
    const blocks = { units, galleryUnits, dim: queries.dim, depth, isSelf }
    await rankInBlocks(engine, blocks, read, signal, onProgress)
  }
  const mean = (sum: number) => (sums.queries ? sum / sums.queries : 0)
  return {
    recall: Object.fromEntries(ranks.map(k => [String(k), mean(hits.get(k)!)])),
    rPrecision: mean(sums.precision),
    mapAtR: mean(sums.averagePrecision),
    triplets,
    queries: sums.queries,
  }
}

/** The vectors at some places. */
function pick({ data, dim, labels }: Vectors, places: readonly number[]): Vectors {
  const picked = new Float32Array(places.length * dim)
  places.forEach((place, row) => {
    picked.set(data.subarray(place * dim, (place + 1) * dim), row * dim)
  })
  return { data: picked, dim, labels: places.map(place => labels[place]) }
}

/** Retrieval with the queries and the gallery that `roles` tell; all against all where they tell none. */
export function retrieveByRole(
  engine: Engine,
  vectors: Vectors,
  roles: readonly (string | undefined)[],
  options: Omit<RetrievalOptions, 'gallery'> = {},
): Promise<Retrieval> {
  const [queries, gallery] = ['query', 'gallery'].map(role =>
    pick(
      vectors,
      roles.flatMap((own, place) => (own === role ? [place] : [])),
    ),
  )
  if (!queries.labels.length || !gallery.labels.length) return retrieve(engine, vectors, options)
  return retrieve(engine, queries, { ...options, gallery })
}

function requireVectors({ data, dim, labels }: Vectors, where: string, expected = dim): void {
  if (data.length !== labels.length * dim || dim !== expected) {
    throw new GlasshouseError({
      code: 'vectors-shape',
      what: 'vectors and labels do not fit',
      where,
      expected: `${labels.length} x ${expected} numbers`,
      got: `${data.length} numbers, dimension ${dim}`,
    })
  }
  const wrong = data.findIndex(value => !Number.isFinite(value))
  if (wrong < 0) return
  throw new GlasshouseError({
    code: 'not-finite',
    what: 'a vector holds something that is not a finite number',
    where: `${where}, vector ${Math.floor(wrong / dim)}`,
    got: String(data[wrong]),
    hint: 'A network whose training diverged gives such vectors',
  })
}

/** Places of every class in the gallery. */
function membersOf(labels: ArrayLike<number>): Map<number, number[]> {
  const members = new Map<number, number[]>()
  for (let place = 0; place < labels.length; place++) {
    const own = members.get(labels[place])
    if (own) own.push(place)
    else members.set(labels[place], [place])
  }
  return members
}

interface Blocks {
  units: Float32Array
  galleryUnits: Float32Array
  dim: number
  depth: number
  /** whether a query stands in the gallery, at its own index, and is to be left out */
  isSelf: boolean
}

/** Calls `read` for every query with its ranking. */
async function rankInBlocks(
  engine: Engine,
  { units, galleryUnits, dim, depth, isSelf }: Blocks,
  read: (query: number, ranking: Ranking) => void,
  signal?: AbortSignal,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const [count, n] = [units.length / dim, galleryUnits.length / dim]
  const block = Math.max(1, Math.min(count, Math.floor(blockElements / n)))
  const wide = depth + (isSelf ? 1 : 0)
  const program = await engine.compile({ ...rankingRequest(n, dim, block, wide) })
  const gallery = float32([n, dim], galleryUnits)
  try {
    for (let start = 0; start < count; start += block) {
      signal?.throwIfAborted()
      // The last block is filled up with rows already seen, so that one compiled graph serves all.
      const first = Math.min(start, count - block)
      const rows = float32([block, dim], units.subarray(first * dim, (first + block) * dim))
      const result = await program.run({ gallery, queries: rows })
      const indices = result.indices.data as BigInt64Array
      const similarities = result.similarities.data as Float32Array
      const ranking: Ranking = { indices: new Int32Array(depth), similarities: new Float32Array(depth) }
      for (let row = start - first; row < block; row++) {
        const query = first + row
        // A query is among its own nearest, or as near as they all are; in that case the last one goes.
        for (let from = row * wide, to = 0; to < depth; from++) {
          const place = Number(indices[from])
          if (isSelf && place === query) continue
          ranking.indices[to] = place
          ranking.similarities[to++] = similarities[from]
        }
        read(query, ranking)
      }
      onProgress?.(first + block, count)
    }
  } finally {
    await program.dispose()
  }
}

function rankingRequest(n: number, dim: number, block: number, depth: number) {
  const graph = new Graph()
  const queries = graph.input('queries', [block, dim])
  const products = gemm(queries, graph.input('gallery', [n, dim]), undefined, { transB: true })
  const { values: similarities, indices } = topK(products, depth)
  return { graph, outputs: { similarities, indices } }
}

/** Share of hits among the first R ranks, and the mean over those ranks of the precision at each hit. */
function precisionAt(
  relevant: number,
  isHit: (rank: number) => boolean,
): { precision: number; average: number } {
  let hits = 0
  let sum = 0
  for (let rank = 0; rank < relevant; rank++) if (isHit(rank)) sum += ++hits / (rank + 1)
  return { precision: hits / relevant, average: sum / relevant }
}

/** The first hit and the first stranger of a ranking. A classmate beyond the ranking's end is looked for directly. */
function readTriplet(
  triplets: Triplets,
  query: number,
  { indices, similarities }: Ranking,
  isHit: (rank: number) => boolean,
  nearestMate: () => { place: number; similarity: number } | undefined,
): void {
  let positive = -1
  let negative = -1
  for (let rank = 0; rank < indices.length && (positive < 0 || negative < 0); rank++) {
    if (isHit(rank)) positive = positive < 0 ? rank : positive
    else negative = negative < 0 ? rank : negative
  }
  if (negative >= 0) {
    triplets.negative[query] = similarities[negative]
    triplets.negativeIndex[query] = indices[negative]
  }
  if (positive >= 0) {
    triplets.positive[query] = similarities[positive]
    triplets.positiveIndex[query] = indices[positive]
    return
  }
  const mate = nearestMate()
  if (!mate) return
  // Rounded in another order, it must still not come before what it was ranked behind.
  triplets.positive[query] = Math.min(mate.similarity, similarities[indices.length - 1])
  triplets.positiveIndex[query] = mate.place
}

function nearest(places: readonly number[], similarity: (place: number) => number, but: number) {
  let best: { place: number; similarity: number } | undefined
  for (const place of places) {
    if (place === but) continue
    const own = similarity(place)
    if (!best || own > best.similarity) best = { place, similarity: own }
  }
  return best
}
