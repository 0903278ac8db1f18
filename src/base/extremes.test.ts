import { expect, test } from 'vitest'
import { append, largest, smallest } from './extremes.ts'

test('a million numbers are no more than three', () => {
  const many = Float64Array.from({ length: 1e6 }, (_, i) => (i * 7919) % 1_000_003)
  expect([largest(many), smallest(many)]).toEqual([1_000_002, 0])
  expect([largest([3, 5, 4]), smallest([3, 5, 4])]).toEqual([5, 3])
  const list = [1]
  append(list, many)
  expect([list.length, list[2]]).toEqual([1_000_001, 7919])
})

test('of none there is the bound that was given', () => {
  expect([largest([], 0), smallest([], 1), largest([]), smallest([])]).toEqual([
    0,
    1,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ])
})

test('what is not a number is passed on', () => {
  expect([largest([1, Number.NaN, 2]), smallest([Number.NaN, 2])]).toEqual([Number.NaN, Number.NaN])
})
