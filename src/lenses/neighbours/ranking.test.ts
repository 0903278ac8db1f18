import { describe, expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { distancesTo, nearestRows } from './ranking.ts'

/** Vectors that differ from a common one by so much: what a network without training gives. */
function alike(count: number, dim: number, difference: number) {
  const { normal } = random(5, 'alike')
  const common = Float32Array.from({ length: dim }, () => 1 + Math.abs(normal()))
  const vectors = new Float32Array(count * dim)
  for (let at = 0; at < vectors.length; at++) vectors[at] = common[at % dim] * (1 + difference * normal())
  return vectors
}

describe('neighbours whose cosines are all nearly 1', () => {
  const [count, dim] = [40, 64]
  const vectors = alike(count, dim, 1e-3)
  const query = Float64Array.from(vectors.subarray(0, dim))
  const distances = distancesTo(query, vectors)

  it('differ: only the query is the query', () => {
    expect(Math.min(...distances.subarray(1))).toBeLessThan(1e-5)
    const found = nearestRows(distances, count, () => false)
    expect(found).toHaveLength(count - 1)
    expect(found).not.toContain(0)
  })

  it('stand in the order of their exact distances', () => {
    const exact = Array.from({ length: count }, (_, row) => {
      const own = vectors.subarray(row * dim, (row + 1) * dim)
      const length = (v: ArrayLike<number>) => Math.sqrt(Array.from(v).reduce((sum, x) => sum + x * x, 0))
      const [a, b] = [length(query), length(own)]
      return Array.from(own).reduce((sum, x, c) => sum + (x / b - query[c] / a) ** 2, 0)
    })
    const order = Array.from(exact.keys())
      .slice(1)
      .sort((i, j) => exact[i] - exact[j])
    expect(nearestRows(distances, count, () => false)).toEqual(order)
  })
})

it('a row that is known to be the query is left out, however far', () => {
  const distances = Float64Array.of(0.3, 0.1, 0.2)
  expect(nearestRows(distances, 2, row => row === 1)).toEqual([2, 0])
})
