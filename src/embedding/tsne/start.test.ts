import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { commonStart, principalComponents, principalStart, randomStart } from './start.ts'

const deviationOf = (values: Float32Array | number[]) =>
  Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0) / values.length)

test('principal components have the variances that the covariance has for eigenvalues, and do not correlate', () => {
  const [count, dim] = [200, 30]
  const { normal } = random(5)
  const data = Float32Array.from({ length: count * dim }, (_, i) => 3 + normal() * 1.2 ** -(i % dim))
  const centred = new Matrix(
    Array.from({ length: count }, (_, i) => Array.from(data.subarray(i * dim, (i + 1) * dim))),
  )
  centred.center('column')
  const gram = centred.transpose().mmul(centred)
  const { realEigenvalues } = new EigenvalueDecomposition(gram, { assumeSymmetric: true })
  const expected = realEigenvalues.sort((a, b) => b - a)
  const scores = Matrix.from1DArray(count, 3, principalComponents(data, dim, 3))
  const powers = scores.transpose().mmul(scores)
  for (let a = 0; a < 3; a++) {
    expect(powers.get(a, a) / expected[a]).toBeCloseTo(1, 2)
    for (let b = 0; b < a; b++) expect(Math.abs(powers.get(a, b)) / expected[0]).toBeLessThan(1e-9)
  }
})

test('a start has standard deviation 1e-4', () => {
  const { normal } = random(6)
  const start = principalStart(
    Float32Array.from({ length: 4000 }, () => normal()),
    8,
  )
  expect(deviationOf(start.filter((_, i) => i % 2 === 0))).toBeCloseTo(1e-4, 6)
  expect(deviationOf(randomStart(20000, 0))).toBeCloseTo(1e-4, 6)
})

test('a random start depends on the seed only', () => {
  expect(randomStart(10, 4)).toEqual(randomStart(10, 4))
  expect(randomStart(10, 4)).not.toEqual(randomStart(10, 5))
})

test('a common start is the mean place of each item in the maps that may move, centred, with standard deviation 1e-4', () => {
  const items = [
    [0, 1, 2],
    [2, 1, 5],
  ]
  const tied = [Float32Array.of(0, 0, 10, 0, 4, 4), Float32Array.of(6, 4, 12, 2, -3, 3)]
  const fixed = Float32Array.of(1, 2, 3, 4, 5, 6)
  const inputs = [{ items: items[0] }, { items: items[1] }, { items: items[0], fixed }]
  const starts = commonStart(inputs, [...tied, new Float32Array(6).fill(99)])
  expect(starts[2]).toBe(fixed)
  // Items 0, 1, 2 and 5 lie at the means below, whose centre is (3.25, 2).
  const means = new Map([
    [0, [0, 0]],
    [1, [11, 1]],
    [2, [5, 4]],
    [5, [-3, 3]],
  ])
  const scale = starts[0][0] / -3.25
  for (const [m, own] of items.entries())
    own.forEach((item, row) => {
      const [x, y] = means.get(item)!
      expect(starts[m][2 * row] / scale).toBeCloseTo(x - 3.25, 4)
      expect(starts[m][2 * row + 1] / scale).toBeCloseTo(y - 2, 4)
    })
  const places = [0, 1, 2].flatMap(row => [...starts[0].subarray(2 * row, 2 * row + 2)])
  expect(deviationOf([...places, ...starts[1].subarray(4, 6)])).toBeCloseTo(1e-4, 8)
})

test('data of one dimension, and rows that are all the same, still start in the plane', () => {
  const line = principalStart(Float32Array.of(1, 2, 3, 4), 1)
  expect(line.every(Number.isFinite)).toBe(true)
  expect(line[1]).not.toBe(0)
  const same = principalStart(new Float32Array(12).fill(2), 3)
  expect(new Set(same).size).toBe(8)
})
