/**
 * Choosing lambda: the greatest that costs the maps no more than chance does (the rule of 2-MAP).
 */
import { rowsOf } from './inputs.ts'
import type { Layout, Maps } from './layout.ts'
import { randomStart } from './start.ts'

/** 0.1, 0.01, ... down to where a tie has no effect on any number of points that fits. */
const candidates = Array.from({ length: 12 }, (_, i) => 10 ** -(i + 1))

/** Divergence of the maps that may move. */
const costOf = (layout: Layout, { kl }: Maps): number =>
  kl.reduce((sum, value, m) => sum + (layout.inputs[m].fixed ? 0 : value), 0)

/**
 * The one-standard-deviation rule: lays the maps out un-yoked `runs` times from random starts, and takes the
 * greatest power of ten whose yoked maps diverge, all together, no more than the sum of means and standard
 * deviations, or than the maps alone from the same starts, where these were unlucky. Divergence grows with
 * lambda, so the powers are bisected.
 */
export async function chooseLambda(layout: Layout, alone: Maps, runs: number, seed: number): Promise<number> {
  const costs: number[][] = layout.inputs.map(() => [])
  for (let run = 0; run < runs; run++) {
    const starts = layout.inputs.map(
      (input, m) => input.fixed ?? randomStart(rowsOf(input), seed + 1000 * (run + 1) + m),
    )
    const { kl } = await layout.run(0, 'choosing lambda', starts)
    kl.forEach((value, m) => {
      costs[m].push(value)
    })
  }
  const usual = costs.reduce(
    (sum, values, m) => sum + (layout.inputs[m].fixed ? 0 : meanAndDeviation(values)),
    0,
  )
  const allowed = Math.max(usual, costOf(layout, alone))
  // The first candidate that is allowed lies in [low, high].
  let low = 0
  let high = candidates.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    const maps = await layout.run(candidates[middle], 'choosing lambda')
    if (costOf(layout, maps) <= allowed) high = middle
    else low = middle + 1
  }
  return candidates[low]
}

function meanAndDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return mean + Math.sqrt(square / Math.max(1, values.length - 1))
}
