import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  answersOf,
  classify,
  confusionMatrix,
  mistakesOf,
  probabilities,
  probabilityOf,
} from './classification.ts'

const answersAndLabels = fc.integer({ min: 1, max: 9 }).chain(classes =>
  fc.record({
    classes: fc.constant(classes),
    pairs: fc.array(fc.tuple(fc.nat(classes - 1), fc.nat(classes - 1)), { maxLength: 60 }),
  }),
)

test('the cells are the confusion matrix without its zeros, and all else follows from it', () => {
  fc.assert(
    fc.property(answersAndLabels, ({ classes, pairs }) => {
      const [labels, predicted] = [pairs.map(([label]) => label), pairs.map(([, answer]) => answer)]
      const found = classify(predicted, classes, labels)
      const matrix = confusionMatrix(found.confusion, classes)
      for (let truth = 0; truth < classes; truth++) {
        for (let answer = 0; answer < classes; answer++)
          expect(matrix[truth][answer]).toBe(pairs.filter(([t, p]) => t === truth && p === answer).length)
        const total = matrix[truth].reduce((a, b) => a + b, 0)
        expect(found.counts[truth]).toBe(total)
        expect(found.perClass[truth]).toBe(total ? matrix[truth][truth] / total : null)
        const taken = matrix.reduce((sum, row) => sum + row[truth], 0)
        const [recall, precision] = [found.perClass[truth], found.precision[truth]]
        expect(precision).toBe(taken ? matrix[truth][truth] / taken : null)
        if (recall && precision) expect(found.f1[truth]).toBeCloseTo(2 / (1 / recall + 1 / precision), 12)
        else expect(found.f1[truth]).toBe(total + taken ? 0 : null)
      }
      const seen = found.f1.filter((_, label) => found.counts[label] > 0)
      if (seen.length)
        expect(found.macroF1).toBeCloseTo(seen.reduce<number>((sum, f1) => sum + f1!, 0) / seen.length, 12)
      const right = pairs.filter(([label, answer]) => label === answer).length
      expect(found.accuracy).toBe(pairs.length ? right / pairs.length : 0)
      expect(mistakesOf(found.confusion).reduce((sum, { count }) => sum + count, 0)).toBe(
        pairs.length - right,
      )
    }),
  )
})

test('a hundred thousand classes take no longer than their images', () => {
  const classes = 100_000
  const labels = Int32Array.from({ length: 200_000 }, (_, row) => row % classes)
  const predicted = labels.map((label, row) => (row % 3 ? label : (label * 7919) % classes))
  const started = performance.now()
  const { confusion, perClass } = classify(predicted, classes, labels)
  expect(performance.now() - started).toBeLessThan(5000)
  expect(perClass).toHaveLength(classes)
  expect(confusion.length).toBeLessThanOrEqual(labels.length)
})

test('answers are read batch by batch, and outputs of one name count as one class', async () => {
  async function* batches() {
    yield { start: 0, rows: 2, results: { output: Float32Array.of(0, 5, 1, 9, 0, 0) } }
    yield { start: 2, rows: 1, results: { output: Float32Array.of(0, 0, 3) } }
  }
  const plain = await answersOf(batches(), 3, 3)
  expect([...plain.predicted]).toEqual([1, 0, 2])
  expect(plain.probability[0]).toBeCloseTo(Math.exp(5) / (1 + Math.exp(5) + Math.E), 5)
  const merged = await answersOf(batches(), 3, 3, { classOf: [0, 1, 1] })
  expect([...merged.predicted]).toEqual([1, 0, 1])
})

test('the probability of one output is that among all of them, however the numbers are to be read', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 40 }),
      fc.constantFrom('softmax' as const, 'sigmoid' as const, 'given' as const),
      (logits, scores) => {
        const all = probabilities(logits, scores)
        logits.forEach((_, output) => {
          expect(probabilityOf(logits, output, scores)).toBe(all[output])
        })
        if (scores === 'softmax') expect(all.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
      },
    ),
  )
})

test('answers among twenty thousand classes cost little more than the exponentials of their softmax', async () => {
  const classes = 20_000
  const rows = 100
  const output = Float32Array.from({ length: rows * classes }, (_, i) => ((i * 7919) % 1000) / 1000)
  async function* batches() {
    yield { start: 0, rows, results: { output } }
  }
  const least = async (work: () => unknown) => {
    const times: number[] = []
    for (let round = 0; round < 4; round++) {
      const started = performance.now()
      await work()
      times.push(performance.now() - started)
    }
    return Math.min(...times)
  }
  let sum = 0
  const plain = await least(() => {
    for (const logit of output) sum += Math.exp(logit)
  })
  expect(sum).toBeGreaterThan(0)
  // About as much; 16 times that where every row is copied into lists.
  expect(await least(() => answersOf(batches(), rows, classes))).toBeLessThan(5 * plain)
})
