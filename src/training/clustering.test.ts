import { describe, expect, it } from 'vitest'
import { random } from '../random.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { kMeans, normalisedMutualInformation } from './clustering.ts'

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

  it('is the same for the same seed', async () => {
    const runs = await Promise.all([1, 1].map(seed => kMeans(engine, data, dim, { clusters: 9, seed })))
    expect(runs[0].assignment).toEqual(runs[1].assignment)
  })
})
