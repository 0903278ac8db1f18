import { expect, test } from 'vitest'
import { meanOf, medianOf, quantileOf } from './statistics.ts'

test('the mean of typed and plain numbers; of none, 0', () => {
  expect(meanOf([1, 2, 6])).toBe(3)
  expect(meanOf(Float32Array.of(0.5, 1))).toBe(0.75)
  expect(meanOf([])).toBe(0)
})

test('the median goes by size, not by text, and leaves the values in their order', () => {
  const values = [10, 9, 100, -1, 2]
  expect(medianOf(values)).toBe(9)
  expect(values).toEqual([10, 9, 100, -1, 2])
  expect(medianOf(Float32Array.of(4, 1, 3, 2))).toBe(2.5)
  expect(medianOf([])).toBeNaN()
})

test('a quantile is one of the values', () => {
  const hundred = Array.from({ length: 101 }, (_, at) => 100 - at)
  expect([0, 0.05, 0.5, 1].map(share => quantileOf(hundred, share))).toEqual([0, 5, 50, 100])
  expect(quantileOf([], 0.5)).toBe(0)
})
