import { describe, expect, test } from 'vitest'
import { centreCrop, plantAugmentation, storedSize } from './augment.ts'
import { evaluationBatches, shuffledBatches } from './batches.ts'
import { loadBatches } from './loader.ts'
import { colourStatistics, imagenetStatistics, memoryStore } from './store.ts'

const size = 12
const stored = storedSize(size)
const count = 10
const bytes = Uint8Array.from({ length: count * stored * stored * 3 }, (_, i) => (i * 31 + (i >> 7)) % 256)
const store = memoryStore(stored, bytes)
const labels = Int32Array.from({ length: count }, (_, i) => i % 3)
const everything = Array.from({ length: count }, (_, i) => i)

describe('the loader', () => {
  const batches = shuffledBatches(everything, { batch: 4, seed: 1, epoch: 2 })
  const options = { augmentation: plantAugmentation(size), statistics: imagenetStatistics, seed: 1, epoch: 2 }

  test('gives every batch with its images, labels and indices', () => {
    const loaded = [...loadBatches(store, labels, batches, options)]
    expect(loaded.map(({ step }) => step)).toEqual([0, 1, 2])
    for (const { images, labels: own, indices } of loaded) {
      expect(images.length).toBe(4 * 3 * size * size)
      expect([...own]).toEqual([...indices].map(index => index % 3))
      expect(images.every(Number.isFinite)).toBe(true)
    }
  })

  test('resumes within an epoch with the very same batches', () => {
    const whole = [...loadBatches(store, labels, batches, options)]
    const rest = [...loadBatches(store, labels, batches, { ...options, from: 1 })]
    expect(rest).toEqual(whole.slice(1))
  })

  test('augments an image that comes twice in two ways', () => {
    const twice = [{ indices: Int32Array.of(5, 5), valid: 2 }]
    const [{ images }] = loadBatches(store, labels, twice, options)
    const half = images.length / 2
    expect(images.slice(0, half)).not.toEqual(images.slice(half))
  })

  test('augments places that are to be alike in one way, and the others in others', () => {
    const four = [{ indices: Int32Array.of(5, 5, 5, 5), valid: 4 }]
    const [{ images }] = loadBatches(store, labels, four, { ...options, cutLike: place => place % 2 })
    const [a, b, c, d] = [0, 1, 2, 3].map(at =>
      images.slice((at * images.length) / 4, ((at + 1) * images.length) / 4),
    )
    expect(c).toEqual(a)
    expect(d).toEqual(b)
    expect(b).not.toEqual(a)
  })

  test('evaluates the centre, whatever the seed', () => {
    const centre = { ...options, augmentation: centreCrop(size) }
    const test = evaluationBatches(everything, 4)
    const first = [...loadBatches(store, labels, test, centre)]
    expect([...loadBatches(store, labels, test, { ...centre, seed: 9, epoch: 9 })]).toEqual(first)
    expect(first.map(({ valid }) => valid)).toEqual([4, 4, 2])
    const corner = store.picture(0)[(1 * stored + 1) * 3] / 255
    expect(first[0].images[0]).toBeCloseTo((corner - 0.485) / 0.229, 5)
  })

  test('refuses a store whose images are too small', () => {
    expect(() => [
      ...loadBatches(store, labels, batches, { ...options, augmentation: centreCrop(99) }),
    ]).toThrow(/at least 99 pixels/)
  })
})

test('colour statistics are mean and standard deviation per channel', () => {
  const two = memoryStore(1, Uint8Array.of(0, 51, 255, 255, 51, 0))
  const { mean, deviation } = colourStatistics(two, [0, 1])
  expect(mean.map(value => Math.round(value * 1e9) / 1e9)).toEqual([0.5, 0.2, 0.5])
  expect(deviation.map(value => Math.round(value * 1e9) / 1e9)).toEqual([0.5, 0, 0.5])
  expect(colourStatistics(two, [0]).mean).toEqual([0, 0.2, 1])
})
