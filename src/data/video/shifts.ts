/**
 * By how much a tile lags behind another: where its motion (or its sound) correlates best with that of the other.
 * Positive: it shows the same later.
 *
 * One tile may move little, so tiles are put together as they are found to belong together, the surest pair first, and
 * further ones are compared with the mean of those. A peak counts where it stands far out of the correlations at shifts
 * that are out of question. Tiles that have nothing in common with the first by which they could be aligned are taken to
 * be aligned with it; those that belong together among themselves keep their lags to each other.
 */
import { meanOf } from '../../base/statistics.ts'

export interface Shift {
  /** in samples */
  lag: number
  /** the first tile that it was found to belong together with, itself where there is none; the lag is to that tile */
  behind: number
  /** correlation with those that it was put together with, at that lag; 1 for the first of them */
  correlation: number
  /** how many deviations that stands above shifts that are out of question */
  score: number
}

/** Of one tile: a series for each of its parts, all of one length. */
export type Series = readonly Float32Array[]

/** What a peak must stand above the others, in deviations of theirs. */
const convincing = 5
/** Of fewer samples than this times the reach the deviation says little: then the correlation itself must be high. */
const manyTimes = 10
const leastOfFew = 0.5

/** Tiles that belong together, with their lags to the first of them. */
interface Group {
  mean: Series
  members: { tile: number; lag: number; correlation: number; score: number }[]
}

interface Peak {
  lag: number
  correlation: number
  score: number
}

/** @param tiles of one length each; @param reach the largest lag, in samples: a quarter of the length at most */
export function alignTiles(tiles: readonly Series[], reach: number): Shift[] {
  const groups: Group[] = tiles.map((series, tile) => ({
    mean: series.map(values => standardised(smoothed(values))),
    members: [{ tile, lag: 0, correlation: 1, score: 0 }],
  }))
  const peaks = new Map<string, Peak>()
  const numbers = new Map(groups.map((group, number) => [group, number]))
  const peakOf = (a: Group, b: Group): Peak => {
    const key = `${numbers.get(a)} ${numbers.get(b)}`
    const known = peaks.get(key) ?? bestLag(a.mean, b.mean, reach)
    peaks.set(key, known)
    return known
  }
  for (;;) {
    let best: { a: Group; b: Group; peak: Peak } | undefined
    for (const [at, a] of groups.entries())
      for (const b of groups.slice(at + 1)) {
        const peak = peakOf(a, b)
        if (isConvincing(peak, tiles[0][0].length, reach) && !(best && best.peak.score >= peak.score))
          best = { a, b, peak }
      }
    if (!best) break
    const { a, b, peak } = best
    const joined: Group = {
      mean: weighted(a.mean, a.members.length, b.mean, b.members.length, peak.lag),
      members: [
        ...a.members,
        ...b.members.map(member => ({
          tile: member.tile,
          lag: member.lag + peak.lag,
          correlation: Math.min(member.correlation, peak.correlation),
          score: member.score || peak.score,
        })),
      ],
    }
    numbers.set(joined, numbers.size)
    groups.splice(groups.indexOf(b), 1)
    groups[groups.indexOf(a)] = joined
  }
  const shifts: Shift[] = []
  for (const { members } of groups)
    for (const { tile, ...found } of members) shifts[tile] = { ...found, behind: members[0].tile }
  return shifts
}

const isConvincing = ({ score, correlation }: Peak, length: number, reach: number): boolean =>
  score >= convincing && (length >= manyTimes * reach || correlation >= leastOfFew)

/** The mean of two, the second earlier by `lag`. */
const weighted = (a: Series, na: number, b: Series, nb: number, lag: number): Series =>
  a.map((values, part) => values.map((value, at) => (na * value + nb * (b[part][at + lag] ?? 0)) / (na + nb)))

/** The lag of `series` behind `reference` at which they correlate best. */
function bestLag(reference: Series, series: Series, reach: number): Peak {
  const { length } = reference[0]
  const limit = Math.min(reach, Math.floor(length / 4))
  const scale = Math.sqrt(squareOf(reference) * squareOf(series))
  const at = (lag: number) => (scale > 0 ? correlationAt(reference, series, lag) / scale : 0)
  const near = Array.from({ length: 2 * limit + 1 }, (_, k) => at(k - limit))
  const peak = near.reduce((best, value, k) => (value > near[best] ? k : best), 0)
  // In a circle, so that they are of as many samples; two hundred tell the deviation as well as all.
  const every = Math.max(1, Math.floor((length - 4 * limit) / 200))
  const far: number[] = []
  for (let lag = 2 * limit; lag < length - 2 * limit; lag += every) far.push(at(lag))
  const mean = meanOf(far)
  const deviation = Math.sqrt(
    far.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, far.length),
  )
  const correlation = near[peak] ?? 0
  return { lag: peak - limit, correlation, score: deviation > 0 ? (correlation - mean) / deviation : 0 }
}

/** Over all parts, in a circle. */
function correlationAt(a: Series, b: Series, lag: number): number {
  const { length } = a[0]
  const from = ((lag % length) + length) % length
  let sum = 0
  a.forEach((own, part) => {
    const other = b[part]
    for (let at = 0; at < length - from; at++) sum += own[at] * other[at + from]
    for (let at = length - from; at < length; at++) sum += own[at] * other[at + from - length]
  })
  return sum
}

const squareOf = (series: Series): number =>
  series.reduce((all, values) => all + values.reduce((sum, value) => sum + value * value, 0), 0)

/** Samples over which the slow part of a series is taken. */
const slow = 51

/**
 * Roots, so that a wave of the hand does not outweigh all else; without single samples that stand out, which a codec
 * leaves in all tiles at once; less the mean over about two seconds.
 */
function smoothed(values: Float32Array): Float32Array {
  const roots = values.map((value, at) => {
    const [before, after] = [values[at - 1] ?? value, values[at + 1] ?? value]
    const middle = Math.max(Math.min(before, value), Math.min(Math.max(before, value), after))
    return Math.sqrt(Math.max(0, middle))
  })
  const sums = new Float64Array(roots.length + 1)
  roots.forEach((value, at) => {
    sums[at + 1] = sums[at] + value
  })
  const half = slow >> 1
  return roots.map((value, at) => {
    const [from, to] = [Math.max(0, at - half), Math.min(roots.length, at + half + 1)]
    return value - (sums[to] - sums[from]) / (to - from)
  })
}

function standardised(values: Float32Array): Float32Array {
  const mean = meanOf(values)
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length)
  const deviation = Math.sqrt(square)
  return values.map(value => (deviation > 1e-9 ? Math.max(-4, Math.min(4, (value - mean) / deviation)) : 0))
}
