/**
 * Choosing lambda. Divergence grows with lambda and misalignment falls, so the question is what alignment may cost:
 * a fixed share of every map's divergence (`strongestWithin`), or what chance costs (`withinDeviation`, the rule of
 * the published code).
 */
import { meanOf } from '../../base/statistics.ts'
import { rowsOf } from './inputs.ts'
import type { Layout, Maps, Start } from './layout.ts'
import { randomStart } from './start.ts'

/** lambda N R^2 / KL of a tie that makes nearly one map of all: an item's places differ by a few per cent of the radius. */
export const strongTie = 30

/** A layout on the way to lambda. */
export interface Trial {
  lambda: number
  maps: Maps
}

/** The first guess, as lambda N R^2 / KL: where most pairs of embeddings cost a few per cent. */
const firstGuess = 0.7
const mostTrials = 7
/** A choice is near enough where the next stronger trial that was refused is this many times stronger... */
const nearEnough = 1.25
/** ...or where this share of what the maps may cost is used up. */
const usedUp = 0.85
/** How fast the cost grows with lambda where only one trial says so: the exponent seen for most pairs. */
const usualGrowth = 0.7

/** Divergence yoked over divergence alone, of the free map that pays most. */
const worstRatio = ({ inputs }: Layout, alone: Maps, { kl }: Maps): number =>
  kl.reduce((worst, value, m) => (inputs[m].fixed ? worst : Math.max(worst, ratio(value, alone.kl[m]))), 0)

/** A map of no divergence, as of points that are all neighbours of one another, can only gain. */
const ratio = (yoked: number, alone: number): number =>
  alone > 0 ? yoked / alone : yoked > 0 ? Number.POSITIVE_INFINITY : 1

/**
 * The strongest tie with which no map diverges more than `limit` times as much as alone. Trials are placed by
 * interpolating the excess of the ratio over 1 as a power of lambda, so that about four layouts are enough; a tie so
 * strong that the maps are nearly one is tried first, as embeddings that agree pay nothing even for that.
 * @param unit lambda N R^2 / KL per unit of lambda
 * @returns every trial, weakest first, and the one to take; where none is within the limit, the cheapest
 */
export async function strongestWithin(
  layout: Layout,
  alone: Maps,
  start: Start | undefined,
  limit: number,
  unit: number,
): Promise<{ chosen: Trial; trials: Trial[] }> {
  const allowed = limit - 1
  const trials: (Trial & { excess: number })[] = []
  const attempt = async (relative: number) => {
    // Two digits, so that the number that is reported gives the same maps again.
    const lambda = Number((relative / unit).toPrecision(2))
    const maps = await layout.run(lambda, 'choosing lambda', start)
    trials.push({ lambda, maps, excess: worstRatio(layout, alone, maps) - 1 })
    trials.sort((a, b) => a.lambda - b.lambda)
  }
  const strongestTaken = () => trials.findLast(({ excess }) => excess <= allowed)
  await attempt(strongTie)
  if (!strongestTaken()) await attempt(firstGuess)
  while (trials.length < mostTrials) {
    const taken = strongestTaken()
    const refused = trials.find(({ lambda }) => lambda > (taken?.lambda ?? 0))
    if (!refused) break
    if (taken && (taken.excess > usedUp * allowed || refused.lambda < nearEnough * taken.lambda)) break
    await attempt(unit * nextTrial(taken, refused, allowed))
  }
  const cheapest = trials.reduce((a, b) => (b.excess < a.excess ? b : a))
  return { chosen: strongestTaken() ?? cheapest, trials }
}

type Measured = Pick<Trial, 'lambda'> & { excess: number }

/** Where the excess is expected to be a little below what is allowed; within the bracket, not too near its ends. */
function nextTrial(taken: Measured | undefined, refused: Measured, allowed: number): number {
  const aim = Math.log((allowed * (1 + usedUp)) / 2)
  const cost = ({ excess }: Measured) => Math.log(Math.max(excess, allowed / 20))
  if (!taken) {
    const steps = (cost(refused) - aim) / usualGrowth
    return refused.lambda * Math.exp(-Math.min(Math.max(steps, Math.log(2)), Math.log(100)))
  }
  const share = (aim - cost(taken)) / (cost(refused) - cost(taken))
  return taken.lambda * (refused.lambda / taken.lambda) ** Math.min(0.85, Math.max(0.15, share))
}

/** 0.1, 0.01, ... down to where a tie has no effect on any number of points that fits. */
const powersOfTen = Array.from({ length: 12 }, (_, i) => 10 ** -(i + 1))

/** Divergence of the maps that may move. */
const costOf = (layout: Layout, { kl }: Maps): number =>
  kl.reduce((sum, value, m) => sum + (layout.inputs[m].fixed ? 0 : value), 0)

/**
 * The one-standard-deviation rule of 2-MAP: lays the maps out un-yoked `runs` times from random starts, and takes the
 * greatest power of ten whose yoked maps diverge, all together, no more than the sum of means and standard
 * deviations, or than the maps alone from the same starts, where these were unlucky. Divergence grows with
 * lambda, so the powers are bisected.
 */
export async function withinDeviation(
  layout: Layout,
  alone: Maps,
  start: Start | undefined,
  runs: number,
  seed: number,
): Promise<number> {
  const costs: number[][] = layout.inputs.map(() => [])
  for (let run = 0; run < runs; run++) {
    const maps = layout.inputs.map(
      (input, m) => input.fixed ?? randomStart(rowsOf(input), seed + 1000 * (run + 1) + m),
    )
    const { kl } = await layout.run(0, 'choosing lambda', { maps })
    kl.forEach((value, m) => {
      costs[m].push(value)
    })
  }
  const usual = costs.reduce(
    (sum, values, m) => sum + (layout.inputs[m].fixed ? 0 : meanAndDeviation(values)),
    0,
  )
  const allowed = Math.max(usual, costOf(layout, alone))
  // The first power that is allowed lies in [low, high].
  let low = 0
  let high = powersOfTen.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    const maps = await layout.run(powersOfTen[middle], 'choosing lambda', start)
    if (costOf(layout, maps) <= allowed) high = middle
    else low = middle + 1
  }
  return powersOfTen[low]
}

function meanAndDeviation(values: readonly number[]): number {
  const mean = meanOf(values)
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return mean + Math.sqrt(square / Math.max(1, values.length - 1))
}
