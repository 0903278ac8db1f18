import { expect, test } from 'vitest'
import { random } from '../base/random.ts'
import { classify } from '../models/classification.ts'
import { confusionParts, mostConfused } from './classifier-page.node.ts'

/** Answers of a classifier that is right for most images and confuses neighbours. */
function answers(classes: number, images: number) {
  const stream = random(1, 'answers', classes)
  const labels = Int32Array.from({ length: images }, () => stream.integer(classes))
  const predicted = labels.map(label =>
    stream.chance(0.7) ? label : (label + 1 + stream.integer(3)) % classes,
  )
  return classify(predicted, classes, labels)
}

test.each([1, 2, 40, 41, 1000, 20_000])(
  'the confusion of %i classes has a form that is drawn in seconds',
  classes => {
    const names = Array.from({ length: classes }, (_, label) => `class ${label}`)
    const started = performance.now()
    const { drawing, parts } = confusionParts(names, answers(classes, Math.max(400, 2 * classes)), 'test')
    // Generous: machines that run tests are busy.
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(drawing.length).toBeLessThan(1_500_000)
    expect(parts.map(({ kind }) => kind)).toEqual(classes > 40 ? ['figure', 'table'] : ['figure'])
    expect(JSON.stringify(parts).includes(`40 of ${classes} classes`)).toBe(classes > 40)
  },
)

test('the classes that are drawn are those that take part in the most mistakes, in their own order', () => {
  const cells = [
    { truth: 7, predicted: 2, count: 5 },
    { truth: 0, predicted: 0, count: 90 },
    { truth: 4, predicted: 7, count: 3 },
    { truth: 1, predicted: 5, count: 1 },
  ]
  expect(mostConfused(cells, 10, 3)).toEqual([2, 4, 7])
  expect(mostConfused(cells, 3, 40)).toEqual([0, 1, 2])
})
