/**
 * Gradient, repulsion and tie of the kernel against their definitions in double precision, and against
 * scikit-learn 1.2.1 (`_joint_probabilities` and `_kl_divergence` of sklearn.manifold._t_sne).
 */
import { Matrix, solve } from 'ml-matrix'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { type Affinities, affinitiesOf, neighboursFor } from './affinities.ts'
import { createJob, type JobMap } from './job.ts'
import { moved } from './measures.ts'
import { nearestNeighbours } from './neighbours.ts'
import { startNodeThread } from './thread-pool.node.ts'
import { startThreadPool, type ThreadPool } from './thread-pool.ts'
import { parentsOf, type TieForm, tiedPairs } from './tie.ts'

let pool: ThreadPool
beforeAll(async () => {
  pool = await startThreadPool(startNodeThread, 2)
})
afterAll(() => pool.close())

async function clusters(count: number, dim: number, seed: number, perplexity = 10): Promise<Affinities> {
  const { normal } = random(seed)
  const data = Float32Array.from(
    { length: count * dim },
    (_, i) => 3 * Math.cos((i % dim) * (Math.floor(i / dim) % 5)) + normal(),
  )
  return affinitiesOf(await nearestNeighbours(pool, data, dim, neighboursFor(perplexity, count)), perplexity)
}

const layoutOf = (count: number, scale: number, seed: number) => {
  const { normal } = random(seed, 'layout')
  return Float32Array.from({ length: 2 * count }, () => scale * normal())
}

/** KL divergence by its definition, in double precision. */
function divergence({ count, rowStarts, columns, values }: Affinities, map: ArrayLike<number>): number {
  const square = (i: number, j: number) =>
    (map[2 * i] - map[2 * j]) ** 2 + (map[2 * i + 1] - map[2 * j + 1]) ** 2
  let normaliser = 0
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) if (i !== j) normaliser += 1 / (1 + square(i, j))
  let total = 0
  for (let i = 0; i < count; i++) {
    for (let e = rowStarts[i]; e < rowStarts[i + 1]; e++) {
      const p = values[e]
      if (p > 0) total += p * Math.log(p * (1 + square(i, columns[e])) * normaliser)
    }
  }
  return total
}

const relativeError = (found: Float32Array, expected: ArrayLike<number>) => {
  let [error, size] = [0, 0]
  for (let i = 0; i < found.length; i++) {
    error += (found[i] - expected[i]) ** 2
    size += expected[i] ** 2
  }
  return Math.sqrt(error / size)
}

describe('the divergence and its gradient', () => {
  test.each([1e-2, 1, 8])('agree with the definition and its differences, layout of size %d', async scale => {
    const affinities = await clusters(61, 5, 1)
    const map = layoutOf(61, scale, 2)
    const job = await createJob(pool, [{ count: 61, affinities }])
    job.begin([map], undefined, 1)
    const [kl] = await job.assess()
    expect(kl).toBeCloseTo(divergence(affinities, map), 5)
    const step = 1e-4 * scale
    const differences = Float64Array.from(map, (_, i) => {
      const shifted = (by: number) =>
        divergence(
          affinities,
          Float64Array.from(map, (v, j) => (j === i ? v + by : v)),
        )
      return (shifted(step) - shifted(-step)) / (2 * step)
    })
    expect(relativeError(job.gradients()[0], differences)).toBeLessThan(1e-4)
  })

  test.each([
    ['exact repulsion', 300],
    ['repulsion on the grid', 6000],
  ])('with %s, the divergence is that of the map turned, mirrored and shifted', async (_, count) => {
    const affinities = await clusters(count, 5, 1)
    const map = layoutOf(count, 8, 2)
    const job = await createJob(pool, [{ count, affinities }])
    const assess = async (points: Float32Array) => {
      job.begin([points], undefined, 1)
      return (await job.assess())[0]
    }
    const here = await assess(map)
    for (const turn of [0.4, 2, 4.5]) {
      const [c, s] = [Math.cos(turn), Math.sin(turn)]
      const there = await assess(moved(map, [c, s, 3, s, -c, -7]))
      expect(Math.abs(there - here) / here).toBeLessThan(count > 5000 ? 1e-3 : 1e-5)
    }
  })

  test("are scikit-learn's", async () => {
    const [count, dim] = [120, 6]
    const data = Float32Array.from({ length: count * dim }, (_, at) => {
      const [i, d] = [Math.floor(at / dim), at % dim]
      return 1.5 * Math.cos((i % 4) * (d + 1)) + Math.sin(12.9898 * at ** 1.5 + 0.5)
    })
    const map = Float32Array.from({ length: 2 * count }, (_, at) => {
      const i = at >> 1
      return at % 2 ? 8 * Math.sin(1.3 * i) : 10 * Math.cos(0.7 * i)
    })
    const neighbours = await nearestNeighbours(pool, data, dim, neighboursFor(40, count))
    const job = await createJob(pool, [{ count, affinities: affinitiesOf(neighbours, 40) }])
    job.begin([map], undefined, 1)
    expect((await job.assess())[0]).toBeCloseTo(2.208814912, 4)
    const [gradient] = job.gradients()
    const recorded = [-0.00262043, 0.0033856, 0.00432346, 0.00152725, 0.0004804, 0.00013471]
    recorded.forEach((value, i) => {
      expect(gradient[i]).toBeCloseTo(value, 6)
    })
    expect(Math.hypot(...gradient)).toBeCloseTo(0.0463256084, 5)
  })
})

describe('repulsion by the grid', () => {
  // Random places are the hardest case: in a map laid out by t-SNE errors of the many neighbours average out.
  test.each([
    [1e-4, 1e-3],
    [1, 0.01],
    [30, 0.05],
    [60, 0.1],
  ])('is that of all pairs, layout of size %d: gradient within %d', async (scale, tolerance) => {
    const affinities = await clusters(1203, 5, 3)
    const map = layoutOf(1203, scale, 4)
    const results = []
    for (const exactBelow of [0, 1e9]) {
      const job = await createJob(pool, [{ count: 1203, affinities }], { exactBelow })
      job.begin([map], undefined, 1)
      results.push({ kl: (await job.assess())[0], gradient: job.gradients()[0] })
    }
    const [grid, exact] = results
    expect(relativeError(grid.gradient, exact.gradient)).toBeLessThan(tolerance)
    expect(Math.abs(grid.kl / exact.kl - 1)).toBeLessThan(0.005)
  })

  test('gains two digits where the nodes stand twice and four times as dense', async () => {
    const affinities = await clusters(800, 5, 3)
    const map = layoutOf(800, 8, 5)
    const gradientAt = async (options: { exactBelow: number; gridSpacing?: number }) => {
      const job = await createJob(pool, [{ count: 800, affinities }], options)
      job.begin([map], undefined, 1)
      await job.assess()
      return job.gradients()[0]
    }
    const exact = await gradientAt({ exactBelow: 1e9 })
    const errors = []
    for (const gridSpacing of [0.5, 0.25, 0.125]) {
      errors.push(relativeError(await gradientAt({ exactBelow: 0, gridSpacing }), exact))
    }
    expect(errors[1]).toBeLessThan(errors[0] / 10)
    expect(errors[2]).toBeLessThan(errors[0] / 100)
  })
})

describe('a tied step', () => {
  const count = 12
  const rate = 50

  /** One step of `maps` from rest; gains are then 0.8 everywhere. */
  async function stepOf(
    maps: JobMap[],
    starts: Float32Array[],
    weight: number,
    form: TieForm,
    centre: number,
  ) {
    const job = await createJob(pool, maps)
    job.begin(starts, { weight, parents: parentsOf(form, maps.length, centre) }, rate)
    await job.descend(1, 1, 0.5)
    return job.positions()
  }

  test.each([
    ['pairs', 2, -1, 0],
    ['pairs', 2, 1, 0],
    ['pairs', 4, -1, 0],
    ['pairs', 3, 1, 0],
    ['chain', 5, -1, 0],
    ['chain', 4, 2, 0],
    ['star', 4, -1, 0],
    ['star', 4, 2, 2],
  ] as const)(
    'solves the implicit equation: %s of %i maps, map %i held',
    async (form, mapCount, held, centre) => {
      // Two maps have the same rows. Of more, map 1 lacks item 3, map 0 lacks items 5 and 11, and the rows of map 1
      // are in another order.
      const itemsOf =
        mapCount === 2
          ? []
          : [
              [0, 1, 2, 3, 4, 6, 7, 8, 9, 10],
              [11, 10, 9, 8, 7, 6, 5, 4, 2, 1, 0],
            ]
      const maps: JobMap[] = []
      for (let m = 0; m < mapCount; m++) {
        const items = itemsOf[m]
        const size = items?.length ?? count
        maps.push({ count: size, items, affinities: await clusters(size, 3, m, 3), fixed: m === held })
      }
      const starts = maps.map((map, m) => layoutOf(map.count, 3, m))
      const free = await stepOf(maps, starts, 0, form, centre)
      for (const weight of [1e-4, 1e-2, 10]) {
        const tied = await stepOf(maps, starts, weight, form, centre)
        for (let item = 0; item < count; item++) {
          const rowIn = maps.map(map => (map.items ? Array.from(map.items).indexOf(item) : item))
          const system = Matrix.eye(mapCount)
          for (const [a, b] of tiedPairs(form, mapCount, centre)) {
            if (rowIn[a] < 0 || rowIn[b] < 0) continue
            for (const [own, other] of [
              [a, b],
              [b, a],
            ]) {
              const k = own === held ? 0 : 2 * rate * 0.8 * weight
              system.set(own, own, system.get(own, own) + k)
              system.set(own, other, system.get(own, other) - k)
            }
          }
          for (const axis of [0, 1]) {
            const targets = rowIn.map((row, m) => (row < 0 ? 0 : free[m][2 * row + axis]))
            const expected = solve(system, Matrix.columnVector(targets)).getColumn(0)
            rowIn.forEach((row, m) => {
              if (row >= 0) expect(tied[m][2 * row + axis]).toBeCloseTo(expected[m], 4)
            })
          }
        }
      }
    },
  )

  test('by classes moves the points of a class alike, and by as much as the equation for centroids says', async () => {
    const maps = []
    for (const m of [0, 1]) maps.push({ count, affinities: await clusters(count, 3, m, 3) })
    const job = await createJob(pool, maps)
    const starts = [layoutOf(count, 3, 0), layoutOf(count, 3, 1)]
    const groups = { starts: Uint32Array.of(0, 4, 9), items: Uint32Array.of(0, 5, 6, 7, 1, 2, 3, 8, 9) }
    const weight = 0.05
    job.begin(starts, undefined, rate)
    await job.descend(1, 1, 0.5)
    const free = job.positions()
    job.begin(starts, { weight, groups }, rate)
    await job.descend(1, 1, 0.5)
    const tied = job.positions()
    for (const axis of [0, 1]) {
      for (let g = 0; g < 2; g++) {
        const items = Array.from(groups.items.subarray(groups.starts[g], groups.starts[g + 1]))
        const mean = (map: Float32Array) =>
          items.reduce((sum, i) => sum + map[2 * i + axis], 0) / items.length
        const k = (2 * rate * 0.8 * weight) / items.length
        const apart = (mean(free[0]) - mean(free[1])) / (1 + 2 * k)
        expect(mean(tied[0]) - mean(tied[1])).toBeCloseTo(apart, 4)
        const shift = mean(tied[0]) - mean(free[0])
        for (const i of items) expect(tied[0][2 * i + axis] - free[0][2 * i + axis]).toBeCloseTo(shift, 4)
      }
      for (const loose of [4, 10, 11]) expect(tied[1][2 * loose + axis]).toBe(free[1][2 * loose + axis])
    }
    // Only the nearer half: the class whose centroids are farther apart is left alone.
    job.begin(starts, { weight, groups, nearest: 0.5 }, rate)
    await job.descend(1, 1, 0.5)
    const half = job.positions()
    const centroid = (map: Float32Array, items: number[], axis: number) =>
      items.reduce((sum, i) => sum + map[2 * i + axis], 0) / items.length
    const apart = [0, 1].map(g => {
      const items = Array.from(groups.items.subarray(groups.starts[g], groups.starts[g + 1]))
      return Math.hypot(
        ...[0, 1].map(axis => centroid(free[0], items, axis) - centroid(free[1], items, axis)),
      )
    })
    const nearer = apart[0] < apart[1] ? 0 : 1
    const [nearItem, farItem] = [nearer, 1 - nearer].map(g => groups.items[groups.starts[g]])
    expect(half[0][2 * nearItem]).toBe(tied[0][2 * nearItem])
    expect(half[0][2 * farItem]).toBe(free[0][2 * farItem])
  })
})
