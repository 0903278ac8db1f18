import fc from 'fast-check'
import { expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { alignmentError, bestMotion, mapQuality, moved, procrustesError } from './measures.ts'
import { nearestNeighbours } from './neighbours.ts'
import { startNodeThread } from './thread-pool.node.ts'
import { startThreadPool } from './thread-pool.ts'

const rows = (count: number) => {
  const all = Array.from({ length: count }, (_, i) => i)
  return { a: all, b: all }
}

test('a map that was turned, mirrored and shifted has no error after Procrustes', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -4, max: 4, noNaN: true }),
      fc.boolean(),
      fc.integer(),
      (angle, flip, seed) => {
        const { normal } = random(seed)
        const map = Float32Array.from({ length: 40 }, () => 10 * normal())
        const [c, s, f] = [Math.cos(angle), Math.sin(angle), flip ? -1 : 1]
        const other = moved(map, [c, -s * f, 5, s, c * f, -3])
        expect(alignmentError(map, other, rows(20))).toBeGreaterThan(1)
        expect(procrustesError(map, other, rows(20))).toBeLessThan(1e-8)
      },
    ),
  )
})

test('the best motion is no worse than any other', () => {
  const { normal, uniform } = random(7)
  const first = Float32Array.from({ length: 30 }, () => normal())
  const second = Float32Array.from({ length: 30 }, () => normal())
  const best = alignmentError(first, moved(second, bestMotion(first, second, rows(15))), rows(15))
  for (let i = 0; i < 200; i++) {
    const angle = uniform(0, 7)
    const [c, s, f] = [Math.cos(angle), Math.sin(angle), i % 2 ? -1 : 1]
    const motion: [number, number, number, number, number, number] = [
      c,
      -s * f,
      normal() / 4,
      s,
      c * f,
      normal() / 4,
    ]
    expect(alignmentError(first, moved(second, motion), rows(15))).toBeGreaterThanOrEqual(best)
  }
})

test('alignment is over the items that both maps have', () => {
  const first = Float32Array.of(0, 0, 1, 1, 5, 5)
  const second = Float32Array.of(1, 4, 0, 2)
  expect(alignmentError(first, second, { a: [1, 0], b: [0, 1] })).toBe((9 + 4) / 2)
})

test('a map that shows its vectors as they are is fully trustworthy, a shuffled one is not', async () => {
  const pool = await startThreadPool(startNodeThread, 1)
  const { normal, shuffle } = random(8)
  const map = Float32Array.from({ length: 600 }, () => normal())
  const near = await nearestNeighbours(pool, map, 2, 10)
  expect(await mapQuality(pool, map, 2, near, map)).toEqual({ trustworthiness: 1, preservation: 1 })
  const order = shuffle(Array.from({ length: 300 }, (_, i) => i))
  const shuffled = Float32Array.from(map, (_, i) => map[2 * order[i >> 1] + (i & 1)])
  const { trustworthiness, preservation } = await mapQuality(pool, map, 2, near, shuffled)
  expect(trustworthiness).toBeGreaterThan(0.45)
  expect(trustworthiness).toBeLessThan(0.55)
  expect(preservation).toBeLessThan(0.08)
  await pool.close()
})
