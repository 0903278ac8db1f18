/**
 * Retrieval in labelled vectors, exactly: every query against the whole gallery, or every vector against all
 * others, ranked block by block (`ranking.ts`), so memory grows with the number of vectors, not its square.
 *
 * Per query: the most similar vector of its own class and of any other (a dot of the triplet scatter), and the
 * ranking from which recall at K, R-precision and MAP@R follow (Musgrave et al. 2020, "A Metric Learning
 * Reality Check", section 2). Where the whole gallery is ranked, also mean average precision and mean reciprocal rank.
 */
import { GlasshouseError } from '../base/errors.ts'
import type { Work } from '../base/work.ts'
import type { Engine } from '../runtime/engine.ts'
import { inverseLengths, rankRows, type SimilarityName } from './ranking.ts'
import { createScores, depthOf, firstHit, recallRanks, type Scores } from './retrieval-scores.ts'

export interface Vectors {
  /** n x dim, row-major; any length but zero */
  data: Float32Array
  dim: number
  /** n class numbers */
  labels: ArrayLike<number>
}

export interface Triplets {
  /** similarity to the nearest vector of the same class, by cosine unless another one was asked for; -1 where there is none */
  positive: Float32Array
  /** similarity to the nearest vector of another class; -1 where there is none */
  negative: Float32Array
  /** their places in the gallery; -1 where there is none */
  positiveIndex: Int32Array
  negativeIndex: Int32Array
}

export interface Retrieval extends Scores {
  triplets: Triplets
}

export interface RetrievalOptions {
  /** what is searched; the queries themselves, each without itself, unless given */
  gallery?: Vectors
  /** the K of recall at K */
  ranks?: readonly number[]
  /** cosine unless given */
  similarity?: SimilarityName
  /** rank the whole gallery for each query, which takes longer */
  whole?: boolean
  work?: Work
}

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

/**
 * Recall, R-precision, MAP@R and triplets of all queries.
 *
 * @throws GlasshouseError where a number is not finite, or queries and gallery differ in their dimension
 */
export async function retrieve(
  engine: Engine,
  queries: Vectors,
  {
    gallery = queries,
    ranks = recallRanks,
    similarity: kind = 'cosine',
    whole = false,
    work,
  }: RetrievalOptions = {},
): Promise<Retrieval> {
  requireVectors(queries, 'queries')
  if (gallery !== queries) requireVectors(gallery, 'gallery', queries.dim)
  const { dim } = queries
  const count = queries.labels.length
  const members = membersOf(gallery.labels)
  const isSelf = gallery === queries
  const matesOf = (query: number) => (members.get(queries.labels[query])?.length ?? 0) - (isSelf ? 1 : 0)
  const depth = depthOf(queries.labels, isSelf ? undefined : gallery.labels, ranks, whole)
  const triplets: Triplets = {
    positive: new Float32Array(count).fill(-1),
    negative: new Float32Array(count).fill(-1),
    positiveIndex: new Int32Array(count).fill(-1),
    negativeIndex: new Int32Array(count).fill(-1),
  }
  const scores = createScores(ranks, depth, whole)
  const similarity = similarities(queries, gallery, kind)

  const read = (query: number, nearest: Int32Array) => {
    const label = queries.labels[query]
    const isHit = (rank: number) => gallery.labels[nearest[rank]] === label
    const hit = firstHit(depth, isHit)
    let stranger = 0
    while (stranger < depth && isHit(stranger)) stranger++
    const mates = matesOf(query)
    const positive =
      hit < depth
        ? nearest[hit]
        : mates > 0
          ? nearestMate(members.get(label)!, query, isSelf, similarity)
          : -1
    const negative = stranger < depth ? nearest[stranger] : -1
    writeTriplet(triplets, query, positive, negative, hit < stranger, similarity)
    scores.take(mates, isHit, hit)
  }
  if (depth > 0) {
    const shelf = isSelf ? undefined : gallery.data
    await rankRows(
      engine,
      { queries: queries.data, gallery: shelf, dim, depth, similarity: kind, work },
      read,
    )
  }
  return { ...scores.end(), triplets }
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
  requireFinite(data, dim, where)
}

/** @param from number of the first vector */
export function requireFinite(data: Float32Array, dim: number, where: string, from = 0): void {
  const wrong = data.findIndex(value => !Number.isFinite(value))
  if (wrong < 0) return
  throw new GlasshouseError({
    code: 'not-finite',
    what: 'a vector holds something that is not a finite number',
    where: `${where}, vector ${from + Math.floor(wrong / dim)}`,
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

/** Of a query and a row of the gallery, in double precision; a Euclidean distance is negative. */
function similarities(
  queries: Vectors,
  gallery: Vectors,
  kind: SimilarityName,
): (query: number, place: number) => number {
  const { data, dim } = queries
  if (kind === 'euclidean')
    return (query, place) => {
      let sum = 0
      for (let k = 0; k < dim; k++) sum += (data[query * dim + k] - gallery.data[place * dim + k]) ** 2
      return -Math.sqrt(sum)
    }
  if (kind === 'dot')
    return (query, place) => {
      let sum = 0
      for (let k = 0; k < dim; k++) sum += data[query * dim + k] * gallery.data[place * dim + k]
      return sum
    }
  const own = inverseLengths(data, dim)
  const other = gallery === queries ? own : inverseLengths(gallery.data, dim)
  return (query, place) => {
    let sum = 0
    for (let k = 0; k < dim; k++) sum += data[query * dim + k] * gallery.data[place * dim + k]
    return sum * own[query] * other[place]
  }
}

/**
 * Writes the nearest classmate and the nearest stranger of a query. Rounded to single precision, the similarities
 * still say which of the two was ranked first: equal ones count by place, as in the ranking.
 */
function writeTriplet(
  triplets: Triplets,
  query: number,
  positive: number,
  negative: number,
  isPositiveFirst: boolean,
  similarity: (query: number, place: number) => number,
): void {
  triplets.positiveIndex[query] = positive
  triplets.negativeIndex[query] = negative
  if (positive >= 0) triplets.positive[query] = similarity(query, positive)
  if (negative >= 0) triplets.negative[query] = similarity(query, negative)
  if (positive < 0 || negative < 0) return
  const [first, second] = isPositiveFirst
    ? [triplets.positive, triplets.negative]
    : [triplets.negative, triplets.positive]
  const mayBeEqual = isPositiveFirst ? positive < negative : negative < positive
  if (second[query] < first[query] || (mayBeEqual && second[query] === first[query])) return
  second[query] = mayBeEqual ? first[query] : nextBelow(first[query])
}

const single = new Float32Array(1)
const singleBits = new Int32Array(single.buffer)

/** The next smaller number of single precision. */
function nextBelow(value: number): number {
  if (value === 0) return -1.401298464324817e-45
  single[0] = value
  singleBits[0] += value > 0 ? -1 : 1
  return single[0]
}

/** A classmate that lies behind everything ranked. */
function nearestMate(
  places: readonly number[],
  query: number,
  isSelf: boolean,
  similarity: (query: number, place: number) => number,
): number {
  let best = -1
  let most = Number.NEGATIVE_INFINITY
  for (const place of places) {
    if (isSelf && place === query) continue
    const own = similarity(query, place)
    if (own > most) [best, most] = [place, own]
  }
  return best
}
