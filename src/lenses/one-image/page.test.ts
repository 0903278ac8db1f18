import { expect, test } from 'vitest'
import { learnedWords } from './page.node.ts'

const words = (accuracy: number, loss: number) => learnedWords('crops', [{ accuracy, loss }], 0.25)

test('a method has learned its question where it answers held-out images better than by chance', () => {
  // The loss is the mean of an epoch, whose beginning may have known nothing.
  expect(words(0.5, 1.3)).toContain('learned its own question: it answers 50.0 %')
  expect(words(0.27, 1.1)).toContain('learned next to nothing')
})

test('and by its loss where none are held out', () => {
  expect(words(Number.NaN, 1.38)).toContain('learned next to nothing')
  expect(words(Number.NaN, 1.1)).toContain('learned its own question: the loss')
})
