import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { balancedBatches, evaluationBatches, shuffledBatches } from './batches.ts'

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('shuffled batches', () => {
  test('are all full, and hold every image once before any comes again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (n, batch, seed) => {
          const batches = shuffledBatches(range(n), { batch, seed, epoch: 1 })
          expect(batches.every(({ indices, valid }) => indices.length === batch && valid === batch)).toBe(
            true,
          )
          const seen = batches.flatMap(({ indices }) => [...indices])
          expect(new Set(seen.slice(0, n)).size).toBe(n)
          expect(seen.length - n).toBeLessThan(batch)
          expect(seen.slice(n)).toEqual(seen.slice(0, seen.length - n))
        },
      ),
    )
  })
  test('are fixed by seed and epoch', () => {
    const order = (seed: number, epoch: number) =>
      shuffledBatches(range(50), { batch: 8, seed, epoch }).map(({ indices }) => [...indices])
    expect(order(1, 2)).toEqual(order(1, 2))
    expect(order(1, 3)).not.toEqual(order(1, 2))
    expect(order(2, 2)).not.toEqual(order(1, 2))
  })
  test('of no images are none', () => {
    expect(shuffledBatches([], { batch: 8, seed: 0, epoch: 0 })).toEqual([])
  })
})

describe('evaluation batches', () => {
  test('hold every image once in order; what fills the last does not count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 40 }), (n, batch) => {
        const batches = evaluationBatches(range(n), batch)
        expect(batches.every(({ indices }) => indices.length === batch)).toBe(true)
        expect(batches.flatMap(({ indices, valid }) => [...indices.subarray(0, valid)])).toEqual(range(n))
      }),
    )
  })
})

describe('balanced batches', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 4, maxLength: 12 })
  const labelled = (counts: number[]) =>
    Int32Array.from(counts.flatMap((count, label) => Array(count).fill(label)))

  test('hold exactly perClass images of each of batch / perClass classes', () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(1, 2, 4, 5), fc.nat(), (counts, perClass, seed) => {
        const labels = labelled(counts)
        const options = { batch: 4 * perClass, perClass, seed, epoch: 0 }
        const batches = balancedBatches(labels, range(labels.length), options)
        expect(batches.length).toBeGreaterThan(0)
        for (const { indices, valid } of batches) {
          expect(valid).toBe(4 * perClass)
          const perLabel = new Map<number, number>()
          for (const index of indices) perLabel.set(labels[index], (perLabel.get(labels[index]) ?? 0) + 1)
          expect([...perLabel.values()]).toEqual([perClass, perClass, perClass, perClass])
        }
      }),
    )
  })
  test('take every class as often as any other, or once more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 30 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (classes, classesPerBatch, groups, seed) => {
          const labels = labelled(Array(classes).fill(2 * groups))
          const options = { batch: 2 * classesPerBatch, perClass: 2, seed, epoch: 0 }
          const taken = new Int32Array(classes)
          for (const { indices } of balancedBatches(labels, range(labels.length), options)) {
            for (let i = 0; i < indices.length; i += 2) taken[labels[indices[i]]]++
            expect(Math.max(...taken) - Math.min(...taken)).toBeLessThanOrEqual(1)
          }
          expect(Math.max(...taken)).toBeLessThanOrEqual(groups)
        },
      ),
    )
  })
  test('of ten times the classes take about ten times as long', () => {
    const seconds = (classes: number) => {
      const labels = labelled(Array(classes).fill(4))
      const images = range(labels.length)
      const start = process.cpuUsage()
      balancedBatches(labels, images, { batch: 64, perClass: 2, seed: 0, epoch: 0 })
      const { user } = process.cpuUsage(start)
      return user / 1e6
    }
    seconds(2_000)
    expect(seconds(50_000)).toBeLessThan(40 * Math.max(seconds(5_000), 0.01))
  })
  test('show large classes whole: an epoch is as long as the largest class asks for', () => {
    const labels = labelled([20, 7, 3, 20])
    const batches = balancedBatches(labels, range(50), { batch: 16, perClass: 4, seed: 0, epoch: 0 })
    expect(batches.length).toBe(5)
    const seen = new Set(batches.flatMap(({ indices }) => [...indices]))
    expect(seen.size).toBe(50)
  })
  test('round the largest class as the paper does: down below three tenths of a group, else up', () => {
    const steps = (largest: number) =>
      balancedBatches(labelled([largest, 10]), range(largest + 10), {
        batch: 20,
        perClass: 10,
        seed: 0,
        epoch: 0,
      }).length
    expect([steps(32), steps(33), steps(40)]).toEqual([3, 4, 4])
  })
  test('with coverage once take one group of every class', () => {
    const labels = labelled(Array(10).fill(20))
    const options = { batch: 10, perClass: 5, seed: 0, epoch: 0, coverage: 'once' } as const
    const batches = balancedBatches(labels, range(200), options)
    expect(batches.flatMap(({ indices }) => [...indices].map(index => labels[index])).sort()).toEqual(
      [...labelled(Array(10).fill(5))].sort(),
    )
  })
  test('are fixed by seed and epoch, and take only the images they are given', () => {
    const labels = labelled([9, 9, 9, 9])
    const train = range(36).filter(index => index % 3 > 0)
    const batches = (epoch: number) =>
      balancedBatches(labels, train, { batch: 8, perClass: 2, seed: 5, epoch })
    expect(batches(1)).toEqual(batches(1))
    expect(batches(2)).not.toEqual(batches(1))
    expect(batches(1).every(({ indices }) => indices.every(index => train.includes(index)))).toBe(true)
  })
  test('are refused where the classes are too few or the batch does not divide', () => {
    const labels = labelled([9, 9, 9])
    const make = (batch: number, perClass: number) =>
      balancedBatches(labels, range(27), { batch, perClass, seed: 0, epoch: 0 })
    expect(() => make(16, 4)).toThrow(/at most 3 classes in a batch/)
    expect(() => make(10, 4)).toThrow(/multiple of 4/)
  })
})
