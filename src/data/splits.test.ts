import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Dataset, imagesPerClass } from './dataset.ts'
import { holdOut, holdOutClasses } from './splits.ts'

const dataset = (counts: number[]): Dataset => ({
  root: '/data',
  classes: counts.map((_, label) => `class ${String(label).padStart(2, '0')}`),
  items: counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({
      path: `${label}/${i}`,
      label,
      split: undefined,
      bytes: 1,
      hash: `${label} ${i}`,
      width: 1,
      height: 1,
    })),
  ),
  unreadable: [],
  notes: [],
  fingerprint: 'f',
})
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 12 })

describe('holding out images', () => {
  test('takes the share of every class, at least one where two are left to train on', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(),
        (counts, share, seed) => {
          const divided = holdOut(dataset(counts), share, seed)
          const test = imagesPerClass(divided, 'test')
          const train = imagesPerClass(divided, 'train')
          counts.forEach((count, label) => {
            expect(test[label] + train[label]).toBe(count)
            expect(train[label]).toBeGreaterThanOrEqual(Math.min(count, 2))
            if (count > 2)
              expect(test[label]).toBe(Math.min(count - 2, Math.max(1, Math.round(share * count))))
          })
        },
      ),
    )
  })
  test('chooses by seed, the same class by class whatever the other classes are', () => {
    const held = (counts: number[], seed: number) =>
      holdOut(dataset(counts), 0.3, seed)
        .items.filter(({ split, label }) => split === 'test' && label === 0)
        .map(({ path }) => path)
    expect(held([20, 5], 1)).toEqual(held([20, 9, 9], 1))
    expect(held([20, 5], 1)).not.toEqual(held([20, 5], 2))
  })
})

describe('holding out classes', () => {
  test('trains on the first half of the classes and tests on the second', () => {
    const divided = holdOutClasses(dataset([3, 4, 5, 6]), 0.5)
    expect([...imagesPerClass(divided, 'train')]).toEqual([3, 4, 0, 0])
    expect([...imagesPerClass(divided, 'test')]).toEqual([0, 0, 5, 6])
  })
  test('is random where a seed is given, and no class is on both sides', () => {
    const sides = (seed: number) =>
      [...imagesPerClass(holdOutClasses(dataset(Array(20).fill(2)), 0.5, seed), 'test')].join('')
    expect(sides(1)).toBe(sides(1))
    expect(sides(1)).not.toBe(sides(2))
    expect([...sides(3)].sort().join('')).toBe(`${'0'.repeat(10)}${'2'.repeat(10)}`)
  })
  test('leaves the order of the items and the fingerprint as they were', () => {
    const before = dataset([2, 2])
    const after = holdOutClasses(before, 0.5)
    expect(after.items.map(({ path }) => path)).toEqual(before.items.map(({ path }) => path))
    expect(after.fingerprint).toBe('f')
  })
  test.each([0, 1, -0.2, Number.NaN])('a share of %d is refused', share => {
    expect(() => holdOutClasses(dataset([2, 2]), share)).toThrow(/between 0 and 1/)
  })
})
