import { expect, it } from 'vitest'
import { random } from '../base/random.ts'
import { ridgePredictions } from './ridge.ts'

const dim = 6
const { normal } = random('ridge')
const rowsOf = (rows: number) => Float32Array.from({ length: rows * dim }, () => 5 + normal())
/** Two sums of the features, on scales of their own. */
const targetsOf = (features: Float32Array) =>
  Float64Array.from({ length: (2 * features.length) / dim }, (_, at) => {
    const row = features.subarray(Math.floor(at / 2) * dim, (Math.floor(at / 2) + 1) * dim)
    return at % 2 ? 100 * row[3] - 40 : row[0] - 2 * row[1]
  })

it('finds linear targets again, on rows that it has not seen', () => {
  const [features, test] = [rowsOf(200), rowsOf(50)]
  const found = ridgePredictions({ features, targets: targetsOf(features) }, test, { dim, count: 2 })
  targetsOf(test).forEach((value, at) => {
    expect(Math.abs(found[at] - value)).toBeLessThan(at % 2 ? 1 : 0.02)
  })
})

it('says the mean where the features tell nothing', () => {
  const features = rowsOf(400)
  const targets = Float64Array.from({ length: 400 }, () => 3 + normal())
  const found = ridgePredictions({ features, targets }, rowsOf(20), { dim, count: 1 })
  for (const value of found) expect(Math.abs(value - 3)).toBeLessThan(0.6)
})
