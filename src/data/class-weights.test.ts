import { expect, test } from 'vitest'
import { balancedWeights, listedWeights } from './class-weights.ts'

const classes = ['ash', 'oak', 'a, b']

test('balanced weights make every class count the same, and all images as many as there are', () => {
  const counts = [1, 4, 0, 5]
  const weights = balancedWeights(counts)
  weights.forEach((weight, label) => {
    expect(weight * counts[label]).toBeCloseTo(counts[label] ? 10 / 3 : 0, 12)
  })
})

test('a list gives weights by name, in any order, with a heading or without', () => {
  expect(listedWeights('oak,2\n"a, b",0\nash,0.5\n', classes, 'list')).toEqual([0.5, 2, 0])
  expect(listedWeights('class\tweight\noak\t2\nash\t1\na, b\t3', classes, 'list')).toEqual([1, 2, 3])
})

test.each([
  ['ash,1\noak,2\n', "the class 'a, b' has no weight"],
  ['ash,1\nelm,2\n', "list, line 2: the data has no class 'elm'"],
  ['ash,1\nash,2\n', "list, line 2: the class 'ash' is there twice"],
  ['ash,1\noak,-2\n', "list, line 2: the weight '-2' is not a number"],
  ['ash,1\noak,\n', "list, line 2: the weight '' is not a number"],
  ['ash,1\noak\n', 'list, line 2: a line holds a class and its weight'],
  ['ash,0\noak,0\n"a, b",0', 'all weights are 0'],
])('%j is refused', (text, message) => {
  expect(() => listedWeights(text, classes, 'list')).toThrow(message)
})
