import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { random } from '../../base/random.ts'
import { leavesOf, neighboursByForest } from './approximate.ts'
import { type FindNeighbours, nearestNeighbours } from './neighbours.ts'
import { startNodeThread } from './thread-pool.node.ts'
import { startThreadPool, type ThreadPool } from './thread-pool.ts'

const [count, dim, k] = [3000, 12, 20]

function clusters(): Float32Array {
  const { normal } = random('forest test')
  const centres = Float32Array.from({ length: 15 * dim }, () => 3 * normal())
  return Float32Array.from(
    { length: count * dim },
    (_, at) => centres[(Math.floor(at / dim) % 15) * dim + (at % dim)] + normal(),
  )
}

describe('a forest', () => {
  let pool: ThreadPool
  let exact: FindNeighbours
  beforeAll(async () => {
    pool = await startThreadPool(startNodeThread, 2)
    exact = (...search) => nearestNeighbours(pool, ...search)
  })
  afterAll(() => pool.close())

  test('cuts the rows into leaves that hold each of them once', () => {
    const leaves = leavesOf(clusters(), dim, 400, 0, 0)
    const sizes = leaves.map(rows => rows.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(400)
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(187)
    const rows = leaves.flatMap(leaf => [...leaf]).sort((a, b) => a - b)
    expect(rows).toEqual(Array.from({ length: count }, (_, row) => row))
  })

  test.runIf(gate)('of one leaf finds exactly the nearest', async () => {
    const data = clusters()
    const found = await neighboursByForest(exact, { trees: 2, leaf: count })(data, dim, k)
    expect(found).toEqual(await exact(data, dim, k))
  })

  test.runIf(gate)(
    'finds nearly all of them with leaves of a tenth, more with more trees, each once and nearest first',
    async () => {
      const data = clusters()
      const all = await exact(data, dim, k)
      const recallOf = async (trees: number) => {
        const { indices, distances } = await neighboursByForest(exact, { trees, leaf: 300 })(data, dim, k)
        let hits = 0
        for (let row = 0; row < count; row++) {
          const names = [...indices.subarray(row * k, (row + 1) * k)]
          expect(new Set(names).size).toBe(k)
          expect(names.every(name => name >= 0 && name < count && name !== row)).toBe(true)
          const nearest = new Set(all.indices.subarray(row * k, (row + 1) * k))
          hits += names.filter(name => nearest.has(name)).length
          for (let at = row * k + 1; at < (row + 1) * k; at++)
            expect(distances[at]).toBeGreaterThanOrEqual(distances[at - 1])
        }
        return hits / (count * k)
      }
      const [few, many] = [await recallOf(2), await recallOf(8)]
      expect(many).toBeGreaterThan(few)
      expect(many).toBeGreaterThan(0.95)
    },
  )

  test('halves duplicates too, and stops when aborted', async () => {
    const same = new Float32Array(1000 * 3).fill(2)
    const { indices, distances } = await neighboursByForest(exact, { leaf: 100 })(same, 3, 5)
    expect(distances.every(distance => distance === 0)).toBe(true)
    expect(indices.every(index => index >= 0)).toBe(true)
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(neighboursByForest(exact, { signal })(same, 3, 5)).rejects.toThrow('enough')
  })
})
