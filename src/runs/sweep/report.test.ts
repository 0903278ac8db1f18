import { expect, test } from 'vitest'
import { drawSweep, type SweepFinding } from './report.node.ts'

const findings = (series: number, rates: number): SweepFinding[] =>
  Array.from({ length: series * rates }, (_, at) => {
    const line = Math.floor(at / rates)
    return {
      name: `run ${at}`,
      folder: `runs/run-${at}`,
      series: `dim ${line}`,
      status: 'finished',
      seed: 0,
      rate: 0.001 * 1.1 ** (at % rates),
      reduction: 'mean',
      score: (line % 97) / 100,
      start: 0.1,
      gradientNorm: 1 + (line % 5),
    }
  })

test.each([
  [1, 10],
  [40, 25],
  [400, 25],
])('a sweep of %i lines with %i runs each has a page that can be read', (series, rates) => {
  const started = performance.now()
  const { report, drawings } = drawSweep(findings(series, rates))
  // Generous: machines that run tests are busy.
  expect(performance.now() - started).toBeLessThan(20_000)
  expect(Object.keys(drawings)).toEqual(['rates', 'steps'])
  const page = JSON.stringify(report)
  expect(page.length).toBeLessThan(3_000_000)
  expect(page.includes(`The 500 best of ${series * rates} runs`)).toBe(series * rates > 500)
  expect(page.includes('The plots show the 12 lines')).toBe(series > 12)
})
