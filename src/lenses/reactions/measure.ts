/** What an embedding of faces says about moments: retrieval across people, consensus, self-similarity. */
import { byNumber } from '../../base/names.ts'
import { random } from '../../base/random.ts'
import { meanOf, medianOf, quantileOf } from '../../base/statistics.ts'
import { normaliseRows } from '../../embedding/retrieval.ts'

/** Vectors of some people over the same moments; the rows of one video. */
export interface People {
  dim: number
  /** unit vectors, for each person moments x dim; a row of zeros where there is no face */
  vectors: Float32Array[]
  /** of the moments, ascending */
  seconds: Float64Array
}

/** Each person's vectors less their mean: what the face does, without what it always is. */
export function centredRows(data: Float32Array, dim: number, persons: readonly string[]): Float32Array {
  const means = new Map<string, { sum: Float64Array; count: number }>()
  persons.forEach((person, at) => {
    const own = means.get(person) ?? { sum: new Float64Array(dim), count: 0 }
    means.set(person, own)
    own.count++
    for (let k = 0; k < dim; k++) own.sum[k] += data[at * dim + k]
  })
  return data.map((value, at) => {
    const { sum, count } = means.get(persons[Math.floor(at / dim)])!
    return value - sum[at % dim] / count
  })
}

/** Sorts vectors by person and moment. */
export function peopleOf(
  data: Float32Array,
  dim: number,
  frames: readonly { person: string; seconds: number }[],
): { names: string[]; people: People } {
  const unit = normaliseRows(data, dim)
  const names = [...new Set(frames.map(({ person }) => person))].sort(byNumber)
  const seconds = Float64Array.from(new Set(frames.map(frame => frame.seconds))).sort()
  const column = new Map(Array.from(seconds, (value, at) => [value, at]))
  const row = new Map(names.map((name, at) => [name, at]))
  const vectors = names.map(() => new Float32Array(seconds.length * dim))
  frames.forEach((frame, at) => {
    vectors[row.get(frame.person)!].set(
      unit.subarray(at * dim, (at + 1) * dim),
      column.get(frame.seconds)! * dim,
    )
  })
  return { names, people: { dim, vectors, seconds } }
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let sum = 0
  for (let k = 0; k < dim; k++) sum += a[i * dim + k] * b[j * dim + k]
  return sum
}

const isThere = (vectors: Float32Array, row: number, dim: number): boolean => {
  for (let k = 0; k < dim; k++) if (vectors[row * dim + k] !== 0) return true
  return false
}

/** Products of numbers that a retrieval may take: some seconds. */
const mostProducts = 4e9

export interface AcrossPeople {
  /** share of the queries whose nearest frame of somebody else lies within the window */
  recall: number
  /** the same of a frame of somebody else that is drawn at random */
  chance: number
  /** median distance in time of the nearest, in seconds, and of one drawn at random */
  medianError: number
  chanceError: number
  queries: number
}

/**
 * For frames of each person the nearest frame of anybody else: how far is it in time?
 *
 * @param within seconds that count as the same moment
 * Of a long video not every frame is asked, but evenly through all.
 */
export function retrieveAcross({ dim, vectors, seconds }: People, within: number): AcrossPeople {
  const most = Math.max(100, Math.floor(mostProducts / (vectors.length * seconds.length * dim)))
  const there = vectors.map(own => Array.from(seconds, (_, row) => row).filter(row => isThere(own, row, dim)))
  const total = there.reduce((sum, rows) => sum + rows.length, 0)
  const every = Math.max(1, Math.ceil(total / most))
  const [errors, chances, others]: [number[], number[], number[]] = [[], [], []]
  let count = 0
  vectors.forEach((own, person) => {
    for (const row of there[person]) {
      if (count++ % every) continue
      let [best, error, near, all] = [Number.NEGATIVE_INFINITY, 0, 0, 0]
      vectors.forEach((other, someone) => {
        if (someone === person) return
        for (const candidate of there[someone]) {
          const apart = Math.abs(seconds[candidate] - seconds[row])
          all++
          if (apart <= within + 1e-6) near++
          const similarity = dot(own, row, other, candidate, dim)
          if (similarity > best) [best, error] = [similarity, apart]
        }
      })
      if (all === 0) continue
      errors.push(error)
      chances.push(near / all)
      // Every seventh of the others: enough for a median.
      for (let at = count % 7; at < seconds.length; at += 7) others.push(Math.abs(seconds[at] - seconds[row]))
    }
  })
  return {
    recall: errors.filter(error => error <= within + 1e-6).length / Math.max(1, errors.length),
    chance: meanOf(chances),
    medianError: medianOf(errors),
    chanceError: medianOf(others),
    queries: errors.length,
  }
}

export interface Consensus {
  /** mean similarity of all pairs of people at each moment */
  values: Float64Array
  /** what nine in ten draws stay between, when each person's time is shifted by chance */
  low: Float64Array
  high: Float64Array
  mean: number
  /** mean over moments of the shifted, and the value that one in a hundred of them exceeds */
  baseline: number
  limit: number
  isAbove: boolean
  /** moments at which everybody is more alike than in nearly all draws anywhere, best first */
  peaks: number[]
}

const draws = 200

/**
 * How alike people are at each moment. The baseline shifts each person's time by a random amount, in a circle, so that
 * everybody remains as smooth as he is and only what is shared is lost.
 */
export function consensusOf({ dim, vectors, seconds }: People, seed: number): Consensus {
  const count = seconds.length
  const curveOf = (shifts: readonly number[]): Float64Array =>
    Float64Array.from({ length: count }, (_, at) => {
      // The sum over pairs is half of what the squared length of the sum has beyond the people's own.
      let [squared, present] = [0, 0]
      const sum = new Float64Array(dim)
      vectors.forEach((own, person) => {
        const row = (at + shifts[person]) % count
        if (!isThere(own, row, dim)) return
        present++
        for (let k = 0; k < dim; k++) sum[k] += own[row * dim + k]
      })
      for (let k = 0; k < dim; k++) squared += sum[k] * sum[k]
      return present > 1 ? (squared - present) / (present * (present - 1)) : 0
    })
  const values = curveOf(vectors.map(() => 0))
  const stream = random(seed, 'consensus')
  const drawn = Array.from({ length: draws }, () => curveOf(vectors.map(() => stream.integer(count))))
  const across = (share: number) =>
    Float64Array.from({ length: count }, (_, at) =>
      quantileOf(
        drawn.map(curve => curve[at]),
        share,
      ),
    )
  const means = drawn.map(meanOf)
  const highest = quantileOf(
    drawn.map(curve => curve.reduce((a, b) => Math.max(a, b), -1)),
    0.95,
  )
  const mean = meanOf(values)
  const limit = quantileOf(means, 0.99)
  const isPeak = (at: number) =>
    values[at] > highest && values[at] >= (values[at - 1] ?? -2) && values[at] >= (values[at + 1] ?? -2)
  return {
    values,
    low: across(0.05),
    high: across(0.95),
    mean,
    baseline: meanOf(means),
    limit,
    isAbove: mean > limit,
    peaks: Array.from(values.keys())
      .filter(isPeak)
      .sort((a, b) => values[b] - values[a]),
  }
}

/** Mean similarity of different people at every pair of moments, in `side` x `side` cells; rows are one's time, columns the other's. */
export function selfSimilarity(
  { dim, vectors, seconds }: People,
  most = 160,
): { side: number; values: Float64Array; seconds: number[] } {
  const side = Math.min(most, seconds.length)
  const rows = Array.from({ length: side }, (_, k) => Math.floor(((k + 0.5) * seconds.length) / side))
  const sums = rows.map(row => {
    const sum = new Float64Array(dim)
    for (const own of vectors) for (let k = 0; k < dim; k++) sum[k] += own[row * dim + k]
    return sum
  })
  const pairs = vectors.length * (vectors.length - 1)
  const values = new Float64Array(side * side)
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      let all = 0
      for (let k = 0; k < dim; k++) all += sums[i][k] * sums[j][k]
      for (const own of vectors) all -= dot(own, rows[i], own, rows[j], dim)
      values[i * side + j] = all / Math.max(1, pairs)
    }
  return { side, values, seconds: rows.map(row => seconds[row]) }
}

/** Of a moment of one person, the nearest moment of each other person. */
export function nearestOfOthers(
  { dim, vectors, seconds }: People,
  person: number,
  row: number,
): { person: number; row: number; similarity: number }[] {
  return vectors.flatMap((other, someone) => {
    if (someone === person) return []
    let [best, similarity] = [-1, Number.NEGATIVE_INFINITY]
    for (let at = 0; at < seconds.length; at++) {
      if (!isThere(other, at, dim)) continue
      const own = dot(vectors[person], row, other, at, dim)
      if (own > similarity) [best, similarity] = [at, own]
    }
    return best < 0 ? [] : [{ person: someone, row: best, similarity }]
  })
}
