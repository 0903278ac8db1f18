import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { affinitiesOf, calibrate } from './affinities.ts'
import type { Neighbours } from './neighbours.ts'

const entropy = (row: Float64Array) => row.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0)

describe('calibration', () => {
  test('gives a distribution of the wanted perplexity, whatever the unit of the distances', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: -6, max: 6 }),
        fc.double({ min: 1.5, max: 25, noNaN: true }),
        (seed, exponent, perplexity) => {
          const { uniform } = random(seed)
          const row = Float64Array.from({ length: 90 }, () => uniform(0.5, 3) * 10 ** exponent)
          calibrate(row, Math.log(perplexity))
          expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
          expect(Math.exp(entropy(row))).toBeCloseTo(perplexity, 3)
        },
      ),
    )
  })

  test('gives all weight to the duplicates where there are more of them than the perplexity', () => {
    const row = Float64Array.of(0, 0, 0, 0, 5, 6)
    calibrate(row, Math.log(2))
    for (const p of row.subarray(0, 4)) expect(p).toBeCloseTo(0.25, 6)
    expect(row[4] + row[5]).toBeLessThan(1e-6)
  })

  test('gives equal weights where all distances are equal', () => {
    const row = new Float64Array(9).fill(4)
    calibrate(row, Math.log(3))
    expect(Array.from(row)).toEqual(new Array(9).fill(1 / 9))
  })
})

describe('affinities', () => {
  const [count, k] = [60, 12]
  const neighbours = (): Neighbours => {
    const { uniform, integer } = random(3)
    const indices = new Int32Array(count * k)
    const distances = new Float32Array(count * k)
    for (let i = 0; i < count; i++) {
      const others = new Set<number>()
      while (others.size < k) others.add((i + 1 + integer(count - 1)) % count)
      indices.set([...others], i * k)
      distances.set(Array.from({ length: k }, () => uniform(1, 2)).sort(), i * k)
    }
    return { count, k, indices, distances }
  }

  test('sum to 1, are symmetric, and keep their entropy', () => {
    const { rowStarts, columns, values, negativeEntropy } = affinitiesOf(neighbours(), 4)
    const dense = Array.from({ length: count }, () => new Float64Array(count))
    for (let i = 0; i < count; i++) {
      expect(rowStarts[i] % 4).toBe(0)
      for (let e = rowStarts[i]; e < rowStarts[i + 1]; e++) dense[i][columns[e]] += values[e]
    }
    const flat = dense.flatMap(row => Array.from(row))
    expect(flat.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
    expect(negativeEntropy).toBeCloseTo(-entropy(Float64Array.from(flat)), 5)
    for (let i = 0; i < count; i++) {
      expect(dense[i][i]).toBe(0)
      for (let j = 0; j < i; j++) expect(dense[i][j]).toBe(dense[j][i])
    }
  })
})
