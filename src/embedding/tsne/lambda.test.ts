import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { strongestWithin, strongTie } from './lambda.ts'
import type { Layout, Maps } from './layout.ts'

const alone: Maps = { maps: [], kl: [1.2, 0.9], alignment: 100, procrustes: 90 }

/** A layout whose second map pays `factor (lambda N R^2 / KL)^growth` of its divergence, and whose first gains a little. */
function paying(unit: number, factor: number, growth: number, noise = 0) {
  let runs = 0
  const layout: Layout = {
    inputs: [
      { data: new Float32Array(4), dim: 2 },
      { data: new Float32Array(4), dim: 2 },
    ],
    starts: [],
    neighbours: [],
    async run(lambda) {
      const wave = 1 + noise * Math.sin(1e4 * Math.log(lambda))
      const excess = factor * (lambda * unit) ** growth * wave
      runs++
      return { ...alone, kl: [1.19, 0.9 * (1 + excess)] }
    },
    commonStart: async () => ({ maps: [] }),
    relativeUnit: () => unit,
  }
  return { layout, runs: () => runs, ideal: (limit: number) => ((limit - 1) / factor) ** (1 / growth) / unit }
}

describe('the strongest tie within a limit', () => {
  const costs = {
    unit: fc.double({ min: 1, max: 1e9, noNaN: true }),
    factor: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
    growth: fc.double({ min: 0.4, max: 1.2, noNaN: true }),
  }

  test('is within it, close to the strongest there is, and found in few layouts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(costs), async ({ unit, factor, growth }) => {
        const { layout, runs, ideal } = paying(unit, factor, growth)
        const { chosen, trials } = await strongestWithin(layout, alone, undefined, 1.05, unit)
        const best = Math.min(ideal(1.05), strongTie / unit)
        expect(chosen.maps.kl[1] / alone.kl[1]).toBeLessThanOrEqual(1.05)
        expect(chosen.lambda).toBeGreaterThan(0.6 * best)
        expect(runs()).toBe(trials.length)
        expect(trials.length).toBeLessThanOrEqual(7)
        expect(trials.map(({ lambda }) => lambda)).toEqual(
          trials.map(({ lambda }) => lambda).sort((a, b) => a - b),
        )
      }),
    )
  })

  test('holds the limit where ratios scatter too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record(costs), async ({ unit, factor, growth }) => {
        const { layout } = paying(unit, factor, growth, 0.3)
        const { chosen } = await strongestWithin(layout, alone, undefined, 1.05, unit)
        expect(chosen.maps.kl[1] / alone.kl[1]).toBeLessThanOrEqual(1.05)
      }),
    )
  })

  test('is the strongest of all where it costs nothing, after a single layout', async () => {
    const { layout, runs } = paying(1e6, 1e-5, 1)
    const { chosen } = await strongestWithin(layout, alone, undefined, 1.05, 1e6)
    expect(chosen.lambda * 1e6).toBeCloseTo(strongTie, 0)
    expect(runs()).toBe(1)
  })

  test('where even the weakest costs more, is the cheapest that was tried', async () => {
    const { layout, runs } = paying(1e6, 10, 0.01)
    const { chosen, trials } = await strongestWithin(layout, alone, undefined, 1.05, 1e6)
    expect(chosen.lambda).toBe(Math.min(...trials.map(({ lambda }) => lambda)))
    expect(runs()).toBe(7)
  })
})
