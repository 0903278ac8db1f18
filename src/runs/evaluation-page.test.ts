import { expect, test } from 'vitest'
import { classify } from '../models/classification.ts'
import { drawEvaluation } from './evaluation-page.node.ts'

const of = { model: 'runs/a', data: 'flowers', split: 'test' }

test('the page of a classifier has a row for each class that has images, the lowest F1 first', () => {
  const found = classify([0, 1, 1, 1, 0], 3, [0, 1, 0, 1, 0])
  const { report, drawings } = drawEvaluation(
    { kind: 'classes', classes: ['ash', 'oak', 'elm'], images: 5, ...found },
    of,
  )
  const [table] = report.sections[0].parts
  expect(table).toMatchObject({
    kind: 'table',
    rows: [
      ['ash', 3, '100.0 %', '66.7 %', '80.0 %'],
      ['oak', 2, '66.7 %', '100.0 %', '80.0 %'],
    ],
  })
  expect(report.summary).toContain('a on 5 images of flowers, split test')
  expect(drawings.confusion).toContain('<svg')
})

test('the page of an embedding has what was measured and nothing else', () => {
  const { report } = drawEvaluation(
    { kind: 'embedding', recall: { 1: 0.5, 10: 0.75 }, rPrecision: 0.4, mapAtR: 0.3, mrr: 0.6, queries: 8 },
    { ...of, split: 'all' },
  )
  const [table] = report.sections[0].parts
  expect(table).toMatchObject({
    rows: [
      ['recall at 1', '50.00 %'],
      ['recall at 10', '75.00 %'],
      ['R-precision', '40.00 %'],
      ['MAP@R', '30.00 %'],
      ['MRR', '60.00 %'],
    ],
  })
  expect(report.summary).toContain('8 images of flowers.')
})
