import { describe, expect, test } from 'vitest'
import { pairNamed } from './pair.ts'
import { pairsOf } from './run.ts'
import { suspectLabels } from './suspects.ts'

describe('labels that may be wrong', () => {
  // Class 0 gets 0.9 on average, class 1 gets 0.6.
  const answers = (predicted: number[], probability: number[]) => ({
    truth: Int32Array.from([0, 0, 1, 1, 0]),
    predicted: Int32Array.from([0, 0, 1, 1, ...predicted]),
    probability: Float32Array.from([0.95, 0.95, 0.6, 0.6, ...probability]),
    labelProbability: Float32Array.from([0.95, 0.95, 0.6, 0.6, 0.2]),
  })

  test.each([
    ['as certain as of images with that label, and the neighbours agree', 0.7, [1, 1, 0], [4]],
    ['less certain than of images with that label', 0.55, [1, 1, 1], []],
    ['certain, but the neighbours do not agree', 0.7, [1, 0, 0], []],
    ['certain, and half of the neighbours agree', 0.7, [1, 0], []],
    ['certain, without any neighbours', 0.7, [], []],
  ])('%s', (_, probability, near, found) => {
    expect([...suspectLabels(answers([1], [probability]), new Map([[4, near]]))]).toEqual(found)
  })

  test('of a class that the data lacks nothing is known', () => {
    expect(suspectLabels(answers([2], [0.99]), new Map([[4, [2, 2, 2]]])).size).toBe(0)
  })
})

describe('a pair of classes', () => {
  const classes = ['maize', 'oats, wild', 'wheat']
  test.each([
    ['maize,wheat', 0, 2],
    ['Maize, WHEAT', 0, 2],
    ['2,0', 2, 0],
    ['oats, wild,maize', 1, 0],
    ['maize,oats, wild', 0, 1],
  ])('%s', (asked, label, predicted) => {
    expect(pairNamed(classes, asked)).toEqual({ label, predicted })
  })

  test.each(['maize', 'maize,rye', ',wheat'])('%s is refused, with the option', asked => {
    expect(() => pairNamed(classes, asked)).toThrow(
      expect.objectContaining({ code: 'unknown-class', path: ['options', 'pair'] }),
    )
  })
})

test('mistakes are grouped by pair in the order in which they come', () => {
  const mistakes = [
    { label: 'a', predicted: 'b', path: '1' },
    { label: 'b', predicted: 'a', path: '2' },
    { label: 'a', predicted: 'b', path: '3' },
  ]
  expect(pairsOf(mistakes).map(({ mistakes: own }) => own.map(({ path }) => path))).toEqual([
    ['1', '3'],
    ['2'],
  ])
})
