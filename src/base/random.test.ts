import { describe, expect, it } from 'vitest'
import { random } from './random.ts'

/** Of the standard normal distribution, by its series (Abramowitz and Stegun, 26.2.10). */
function cumulative(x: number): number {
  let [term, sum] = [x, x]
  for (let k = 1; k < 200; k++) {
    term *= -(x * x) / (2 * k)
    sum += term / (2 * k + 1)
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI)
}

describe('normal deviates', () => {
  const count = 100_000
  const one = random(1, 'one by one')
  const kinds = {
    'one by one': Float32Array.from({ length: count }, () => one.normal()),
    'of a whole array': random(1, 'array').normals(new Float32Array(count)),
  }
  it.each(Object.entries(kinds))('%s are distributed normally', (_, drawn) => {
    const inside = drawn.filter(x => Math.abs(x) < 5).sort()
    // Kolmogorov and Smirnov: the largest distance of the distributions is below 1.95 / sqrt(n) in 99.9 % of cases.
    const distance = inside.reduce(
      (most, x, at) => Math.max(most, Math.abs(cumulative(x) - (at + 0.5) / count)),
      0,
    )
    expect(distance).toBeLessThan(1.95 / Math.sqrt(count))
  })

  it('that are drawn in turn do not depend on each other', () => {
    const drawn = kinds['of a whole array']
    for (const apart of [1, 2, 3]) {
      const product = drawn.reduce((sum, x, at) => sum + x * (drawn[at + apart] ?? 0), 0) / count
      expect(Math.abs(product), `${apart} apart`).toBeLessThan(4 / Math.sqrt(count))
    }
  })

  it('of an array are scaled, and end with the array', () => {
    const [long, short] = [7, 5].map(length => random(2, 'scaled').normals(new Float32Array(length), 0.5))
    expect(short).toEqual(long.subarray(0, 5))
    const plain = random(2, 'scaled').normals(new Float32Array(7))
    long.forEach((x, at) => {
      expect(x).toBeCloseTo(0.5 * plain[at], 6)
    })
  })
})
