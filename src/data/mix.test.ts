/** Mixed batches: what is mixed, how much, and from which distribution. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../base/random.ts'
import { betaShare, cutWindow, type Mixing, mixBatch } from './mix.ts'

/** Image i holds the value i everywhere. */
const plainImages = (n: number, size: number) =>
  Float32Array.from({ length: n * 3 * size * size }, (_, at) => Math.floor(at / (3 * size * size)))
const labels = Int32Array.of(7, 8, 9, 7)
const size = 8
const mixed = (mixing: Mixing, seed: number) => {
  const images = plainImages(4, size)
  return { images, ...mixBatch(images, labels, size, mixing, random(seed, 'mix')) }
}
const imageOf = (images: Float32Array, i: number) =>
  images.subarray(i * 3 * size * size, (i + 1) * 3 * size * size)

describe('mixup', () => {
  it('is each image and the one before it, by the share that the labels get', () => {
    fc.assert(
      fc.property(fc.nat(1000), seed => {
        const { images, labels: others, share } = mixed({ mixup: 0.5 }, seed)
        expect([...others]).toEqual([7, 7, 8, 9])
        ;[3, 0, 1, 2].forEach((other, i) => {
          for (const value of imageOf(images, i))
            expect(value).toBeCloseTo(share * i + (1 - share) * other, 5)
        })
      }),
      { numRuns: 30 },
    )
  })
})

describe('cutmix', () => {
  it('is each image with a window of the one before it, and the share is the area that is left', () => {
    fc.assert(
      fc.property(fc.nat(1000), seed => {
        const { images, share } = mixed({ cutmix: 1 }, seed)
        ;[3, 0, 1, 2].forEach((other, i) => {
          const values = [...imageOf(images, i)]
          expect(values.every(value => value === i || value === other)).toBe(true)
          expect(values.filter(value => value === i).length / values.length).toBeCloseTo(share, 6)
        })
      }),
      { numRuns: 50 },
    )
  })

  it('takes a window of the area that was drawn, cut at the border', () => {
    expect(cutWindow(0.75, 32, 16, 16)).toEqual({ left: 8, right: 24, top: 8, bottom: 24 })
    expect(cutWindow(0.75, 32, 2, 31)).toEqual({ left: 0, right: 10, top: 23, bottom: 32 })
    expect(cutWindow(1, 32, 5, 5)).toEqual({ left: 5, right: 5, top: 5, bottom: 5 })
  })
})

it('with both, a batch takes one of them at random', () => {
  const kinds = Array.from({ length: 200 }, (_, seed) => {
    const { images } = mixed({ mixup: 1, cutmix: 1 }, seed)
    return [...imageOf(images, 1)].some(value => !Number.isInteger(value)) ? 'mixup' : 'cutmix'
  })
  const share = kinds.filter(kind => kind === 'mixup').length / kinds.length
  expect(Math.abs(share - 0.5)).toBeLessThan(0.11)
})

it.each([0.2, 1, 3])('shares are drawn from Beta(%d, %d)', alpha => {
  const stream = random(3, 'beta', alpha)
  const shares = Array.from({ length: 20_000 }, () => betaShare(alpha, stream))
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length
  expect(mean).toBeCloseTo(0.5, 1)
  // 1 / (4 (2 alpha + 1))
  expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeGreaterThan(0.96)
  expect(variance / (1 / (4 * (2 * alpha + 1)))).toBeLessThan(1.04)
})
