import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { type FindNeighbours, nearestNeighbours } from './neighbours.ts'
import { neighboursByEngine } from './search.ts'
import { startNodeThread } from './thread-pool.node.ts'
import { startThreadPool, type ThreadPool } from './thread-pool.ts'

function byDefinition(data: Float32Array, dim: number, k: number): Float32Array {
  const count = data.length / dim
  const distance = (i: number, j: number) => {
    let total = 0
    for (let d = 0; d < dim; d++) total += (data[i * dim + d] - data[j * dim + d]) ** 2
    return total
  }
  return Float32Array.from(
    Array.from({ length: count }, (_, i) => i).flatMap(i => {
      const others = Array.from({ length: count }, (_, j) => distance(i, j)).filter((_, j) => j !== i)
      return others.sort((a, b) => a - b).slice(0, k)
    }),
  )
}

describe('the nearest neighbours', () => {
  let pools: ThreadPool[]
  beforeAll(async () => {
    pools = await Promise.all([startThreadPool(startNodeThread, 1), startThreadPool(startNodeThread, 3)])
  })
  afterAll(() => Promise.all(pools.map(pool => pool.close())))

  test.each([
    [5, 1, 4],
    [9, 3, 8],
    [130, 7, 10],
    [300, 64, 90],
  ])('of %i rows of %i numbers are those of the definition, %i of them', async (count, dim, k) => {
    const { normal } = random(1, count)
    const data = Float32Array.from({ length: count * dim }, () => 5 + normal())
    const expected = byDefinition(data, dim, k)
    const engine = await createEngine({ threads: 1 })
    const finders: FindNeighbours[] = [
      ...pools.map(
        (pool): FindNeighbours =>
          (...search) =>
            nearestNeighbours(pool, ...search),
      ),
      neighboursByEngine(engine),
    ]
    for (const find of finders) {
      const { indices, distances } = await find(data, dim, k)
      for (let at = 0; at < expected.length; at++) {
        // Rows are centred in float32 before they are compared.
        expect(distances[at] / expected[at]).toBeCloseTo(1, 4)
      }
      for (let i = 0; i < count; i++) {
        expect(new Set(indices.subarray(i * k, (i + 1) * k)).add(i).size).toBe(k + 1)
      }
    }
  })

  test('have their exact squared distances, 0 for a duplicate far from the mean', async () => {
    const data = Float32Array.of(1000.5, 3, 1000.5, 3, -7, 4, 1000.5, 7)
    const byEngine = neighboursByEngine(await createEngine({ threads: 1 }))
    for (const { indices, distances } of [
      await nearestNeighbours(pools[0], data, 2, 2),
      await byEngine(data, 2, 2),
    ]) {
      expect(Array.from(distances.subarray(0, 2))).toEqual([0, 16])
      expect(Array.from(indices.subarray(0, 4))).toEqual([1, 3, 0, 3])
    }
  })
})
