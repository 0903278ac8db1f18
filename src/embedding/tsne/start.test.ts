import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { principalComponents, principalStart, randomStart } from './start.ts'

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

test('data of one dimension, and rows that are all the same, still start in the plane', () => {
  const line = principalStart(Float32Array.of(1, 2, 3, 4), 1)
  expect(line.every(Number.isFinite)).toBe(true)
  expect(line[1]).not.toBe(0)
  const same = principalStart(new Float32Array(12).fill(2), 3)
  expect(new Set(same).size).toBe(8)
})
