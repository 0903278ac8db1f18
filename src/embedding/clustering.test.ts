import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { fill } from '../../test/fill.ts'
import { random } from '../base/random.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { adjustedMutualInformation, kMeans, normalisedMutualInformation } from './clustering.ts'
import { normaliseRows } from './retrieval.ts'

const {
  clusterings: recorded,
  adjusted,
}: { clusterings: Recorded[]; adjusted: { one: number[]; other: number[]; ami: number }[] } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/clustering.json', import.meta.url), 'utf8'),
)
interface Recorded {
  name: string
  n: number
  dim: number
  classes: number
  spread: number
  inertia: number
  nmi: number
}

const engine = await createEngine({ threads: 1 })

describe('normalised mutual information', () => {
  it('is what scikit-learn 1.2.1 computes', () => {
    const one = '4 0 3 3 3 1 3 2 4 0 0 4 2 1 0 1 1 0 1 4 3 0 3 0 2 3 0 1 3 3 3 0 1 1 1 0 2 4 3 3'
    const other = '2 0 3 3 3 1 3 2 4 2 3 4 1 2 0 1 6 3 1 4 6 3 4 1 2 3 0 1 2 3 4 0 6 3 0 0 2 3 0 0'
    const [a, b] = [one, other].map(list => list.split(' ').map(Number))
    expect(normalisedMutualInformation(a, b)).toBeCloseTo(0.32273022109350347, 12)
  })

  it('is 1 for the same classes under other names, 0 for unrelated ones', () => {
    expect(normalisedMutualInformation([0, 0, 1, 1, 2], [5, 5, 3, 3, 9])).toBeCloseTo(1, 12)
    expect(normalisedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo(0, 12)
  })
})

describe('adjusted mutual information', () => {
  it.each(adjusted)('is what scikit-learn computes: $ami', ({ one, other, ami }) => {
    expect(adjustedMutualInformation(one, other)).toBeCloseTo(ami, 10)
    expect(adjustedMutualInformation(other, one)).toBeCloseTo(ami, 10)
  })

  it('is 1 for the same classes under other names, and where there is one class or every item is one', () => {
    expect(adjustedMutualInformation([0, 0, 1, 1, 2], [5, 5, 3, 3, 9])).toBeCloseTo(1, 12)
    expect(adjustedMutualInformation([0, 0, 0], [1, 1, 1])).toBe(1)
    expect(adjustedMutualInformation([0, 1, 2], [4, 5, 6])).toBe(1)
  })
})

describe('k-means', () => {
  const stream = random(3, 'clusters')
  const [clusters, each, dim] = [5, 40, 6]
  const centres = Float32Array.from({ length: clusters * dim }, () => 5 * stream.normal())
  const data = Float32Array.from(
    { length: clusters * each * dim },
    (_, k) => centres[Math.floor(k / (each * dim)) * dim + (k % dim)] + 0.3 * stream.normal(),
  )
  const labels = Array.from({ length: clusters * each }, (_, i) => Math.floor(i / each))

  it('finds clusters that lie apart, with the inertia of its definition', async () => {
    const { assignment, centres: found, inertia } = await kMeans(engine, data, dim, { clusters })
    expect(normalisedMutualInformation(assignment, labels)).toBe(1)
    let sum = 0
    data.forEach((value, k) => {
      sum += (value - found[assignment[Math.floor(k / dim)] * dim + (k % dim)]) ** 2
    })
    expect(inertia / sum).toBeCloseTo(1, 3)
  })

  test.each(recorded)('is as tight as scikit-learn’s best of 20 starts where clusters are $name', async c => {
    const centres = fill(`${c.name}.centres`, [c.classes, c.dim], Math.sqrt(12)).data
    const noise = fill(`${c.name}.noise`, [c.n, c.dim], Math.sqrt(12) * c.spread).data
    const labels = Array.from({ length: c.n }, (_, i) => i % c.classes)
    const data = noise.map((x, i) => x + centres[labels[Math.floor(i / c.dim)] * c.dim + (i % c.dim)])
    const options = { clusters: c.classes, starts: 10 }
    const { assignment, inertia } = await kMeans(engine, normaliseRows(data, c.dim), c.dim, options)
    expect(inertia).toBeLessThan(1.01 * c.inertia)
    // Groupings of about the same inertia may differ where clusters overlap.
    expect(Math.abs(normalisedMutualInformation(labels, assignment) - c.nmi)).toBeLessThan(0.05)
  })

  it('draws more than 64 centres several at a time', async () => {
    const many = await kMeans(engine, data, dim, { clusters: 130, starts: 1 })
    const few = await kMeans(engine, data, dim, { clusters: 30, starts: 1 })
    expect(new Set(many.assignment).size).toBeGreaterThan(120)
    expect(many.inertia).toBeLessThan(few.inertia)
  })

  it('stands copies of one vector, and none at all', async () => {
    const copies = await kMeans(engine, new Float32Array(12).fill(1), 3, { clusters: 3 })
    expect(copies.inertia).toBeCloseTo(0, 5)
    expect((await kMeans(engine, new Float32Array(0), 3, { clusters: 3 })).assignment.length).toBe(0)
  })

  it('is the same for the same seed', async () => {
    const runs = await Promise.all([1, 1].map(seed => kMeans(engine, data, dim, { clusters: 9, seed })))
    expect(runs[0].assignment).toEqual(runs[1].assignment)
  })
})
