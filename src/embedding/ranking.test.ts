import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gate } from '../../test/thorough.ts'
import { random } from '../base/random.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { rankRows } from './ranking.ts'

const engine = await createEngine({ threads: 1 })

interface Rows {
  data: Float32Array
  dim: number
}

const normal = (count: number, dim: number, seed: number): Rows => {
  const stream = random(seed, 'rows')
  return { data: Float32Array.from({ length: count * dim }, () => stream.normal()), dim }
}

async function rank({ data, dim }: Rows, depth: number, gallery?: Float32Array): Promise<number[][]> {
  const found: number[][] = []
  await rankRows(engine, { queries: data, gallery, dim, depth }, (query, nearest) => {
    found[query] = Array.from(nearest)
  })
  return found
}

/** The definition, in double precision. */
function byDefinition({ data, dim }: Rows, depth: number, gallery?: Float32Array): number[][] {
  const shelf = gallery ?? data
  const length = (rows: Float32Array, row: number) => Math.hypot(...rows.subarray(row * dim, (row + 1) * dim))
  const lengths = Array.from({ length: shelf.length / dim }, (_, row) => length(shelf, row))
  return Array.from({ length: data.length / dim }, (_, query) => {
    const cosines = lengths.map((own, place) => {
      let sum = 0
      for (let d = 0; d < dim; d++) sum += data[query * dim + d] * shelf[place * dim + d]
      return own > 0 ? sum / own : 0
    })
    return [...cosines.keys()]
      .filter(place => gallery || place !== query)
      .sort((a, b) => cosines[b] - cosines[a] || a - b)
      .slice(0, depth)
  })
}

function cosine({ data, dim }: Rows, a: number, b: number): number {
  let [product, one, other] = [0, 0, 0]
  for (let d = 0; d < dim; d++) {
    product += data[a * dim + d] * data[b * dim + d]
    one += data[a * dim + d] ** 2
    other += data[b * dim + d] ** 2
  }
  return product / Math.sqrt(one * other)
}

describe('ranking by cosine', () => {
  test.runIf(gate)(
    'is that of the definition, whatever the number of rows, dimensions and ranks',
    async () => {
      const request = fc.record({
        count: fc.integer({ min: 2, max: 700 }),
        dim: fc.integer({ min: 1, max: 20 }),
        seed: fc.nat(),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      await fc.assert(
        fc.asyncProperty(request, async ({ count, dim, seed, share }) => {
          const rows = normal(count, dim, seed)
          const depth = 1 + Math.floor(share * (Math.min(40, count - 1) - 1))
          const expected = byDefinition(rows, depth)
          const found = await rank(rows, depth)
          // Cosines that differ in the eighth digit may change places.
          for (let query = 0; query < count; query++) {
            expect(new Set(found[query]).size).toBe(depth)
            for (let at = 0; at < depth; at++)
              expect(cosine(rows, query, found[query][at])).toBeCloseTo(
                cosine(rows, query, expected[query][at]),
                6,
              )
          }
        }),
        { numRuns: 25 },
      )
    },
  )

  test.runIf(gate)('of more rows than one part of the gallery holds is that of the definition', async () => {
    const gallery = normal(70000, 3, 1)
    const queries = normal(20, 3, 2)
    expect(await rank(queries, 12, gallery.data)).toEqual(byDefinition(queries, 12, gallery.data))
  })

  test('tells rows of a collapsed embedding apart, whose cosines differ in the eighth digit', async () => {
    const { data, dim } = normal(300, 16, 3)
    const rows = { data: data.map((value, at) => 1 + 2e-4 * (at % dim) + 1e-4 * value), dim }
    const found = await rank(rows, 5)
    const expected = byDefinition(rows, 5)
    const agree = found.filter((nearest, query) => nearest.join() === expected[query].join()).length
    expect(agree).toBeGreaterThan(290)
  })

  test('puts equal rows in the order of their places', async () => {
    // Eight directions, each many times over: the nearest of a row are its copies, lowest place first.
    const directions = normal(8, 6, 4).data
    const data = Float32Array.from(
      { length: 2000 * 6 },
      (_, at) => directions[(Math.floor(at / 6) % 8) * 6 + (at % 6)],
    )
    const found = await rank({ data, dim: 6 }, 10)
    for (const query of [0, 7, 8, 1000, 1999]) {
      const copies = Array.from({ length: 250 }, (_, i) => 8 * i + (query % 8)).filter(
        place => place !== query,
      )
      expect(found[query]).toEqual(copies.slice(0, 10))
    }
  })

  test('of rows of zeros, of one row and of none is finite', async () => {
    expect(await rank({ data: new Float32Array(12), dim: 3 }, 3)).toHaveLength(4)
    expect(await rank({ data: Float32Array.of(1, 2), dim: 2 }, 1, Float32Array.of(3, 4))).toEqual([[0]])
    expect(await rank({ data: new Float32Array(0), dim: 2 }, 1, Float32Array.of(3, 4))).toEqual([])
  })
})
