import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { complete } from '../../test/thorough.ts'
import { createWork } from '../base/work.ts'
import { gradient } from '../graph/gradient.ts'
import { Graph } from '../graph/graph.ts'
import { conv } from '../graph/ops/convolution.ts'
import { mul } from '../graph/ops/elementwise.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { defaultForms, type Forms } from '../graph/passes/forms.ts'
import { lower } from '../graph/passes/lower.ts'
import { keepForms, keptForms } from './calibration.node.ts'
import { calibrate, formsFrom, type MeasuredMap } from './calibration.ts'
import { createEngine } from './engine.node.ts'

/** Maps of these sides on which folding, blocks, or rows, take this many milliseconds where the plain form takes 100. */
const measured = (times: [side: number, folded: number, inBlocks: number, byRows: number][]): MeasuredMap[] =>
  times.map(([side, folded, inBlocks, byRows]) => ({
    side,
    channels: 64,
    convolution: { plain: 100, folded, inBlocks },
    kernelGradient: { plain: 100, byRows },
  }))

describe('limits', () => {
  test.each<[string, [number, number, number, number][], Forms]>([
    [
      'where each form begins to gain',
      [
        [7, 30, 80, 150],
        [14, 75, 70, 120],
        [28, 130, 90, 85],
        [56, 180, 90, 60],
      ],
      { foldUpTo: 196, rowsFrom: 784, blocksFrom: 16 * 196 },
    ],
    [
      'in any order',
      [
        [56, 180, 90, 60],
        [7, 30, 80, 150],
        [28, 130, 90, 85],
        [14, 75, 70, 120],
      ],
      { foldUpTo: 196, rowsFrom: 784, blocksFrom: 16 * 196 },
    ],
    [
      'of forms that always gain',
      [
        [7, 30, 20, 50],
        [14, 75, 70, 50],
      ],
      { foldUpTo: 196, rowsFrom: 49, blocksFrom: 16 * 49 },
    ],
    [
      'of forms that never gain',
      [
        [7, 110, 50, 150],
        [14, 99, 98, 99],
      ],
      { foldUpTo: 0, rowsFrom: 2 ** 31, blocksFrom: 2 ** 31 },
    ],
    [
      'leave out a gain beyond a loss',
      [
        [7, 50, 40, 50],
        [14, 110, 110, 110],
        [28, 50, 40, 50],
      ],
      { foldUpTo: 49, rowsFrom: 784, blocksFrom: 16 * 784 },
    ],
  ])('%s', (_, times, forms) => {
    expect(formsFrom(measured(times))).toEqual(forms)
  })
})

test('forms decide what a computation becomes', () => {
  const graph = new Graph()
  const [x, w] = [graph.input('x', [2, 3, 20, 20]), graph.input('w', [4, 3, 3, 3])]
  const y = conv(x, w, { pads: 1 })
  const [slope] = gradient(reduceSum(mul(y, y)), [w])
  const ops = (forms?: Forms) =>
    lower({ graph, outputs: { y, slope }, forms }, 'cpu').graph.nodes.map(({ op }) => op)
  const [usual, calibrated] = [ops(), ops({ ...defaultForms, foldUpTo: 400, rowsFrom: 400 })]
  expect(usual).toEqual(ops(defaultForms))
  expect(usual.filter(op => op === 'MatMul')).toHaveLength(0)
  expect(calibrated.filter(op => op === 'MatMul')).toHaveLength(3)
  expect(calibrated.filter(op => op === 'Transpose').length).toBeGreaterThan(0)
})

describe('what is kept', () => {
  let folder: string
  const before = process.env.GLASSHOUSE_CACHE
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'glasshouse-calibration-'))
    process.env.GLASSHOUSE_CACHE = folder
  })
  afterEach(() => {
    if (before === undefined) delete process.env.GLASSHOUSE_CACHE
    else process.env.GLASSHOUSE_CACHE = before
    rmSync(folder, { recursive: true })
  })

  test('holds for the same engine and number of threads alone', async () => {
    const [one, two] = await Promise.all([1, 2].map(threads => createEngine({ threads })))
    expect(await keptForms(one)).toBeUndefined()
    const forms = { foldUpTo: 400, rowsFrom: 1600, blocksFrom: 100 }
    await keepForms(one, forms)
    expect(await keptForms(one)).toEqual(forms)
    expect(await keptForms(two)).toBeUndefined()
    expect(await keptForms({ ...one, version: '0.1' })).toBeUndefined()
  })

  test.each([
    '',
    '{',
    '{"forms":{"foldUpTo":-1,"rowsFrom":0}}',
    '{"forms":{"foldUpTo":"all","rowsFrom":0}}',
    '{"forms":{"foldUpTo":1,"rowsFrom":0,"blocksFrom":0.5}}',
    '[]',
  ])('a damaged file %j counts as none', async text => {
    const engine = await createEngine({ threads: 1 })
    await keepForms(engine, defaultForms)
    const place = join(folder, 'calibrations')
    for (const name of readdirSync(place)) writeFileSync(join(place, name), text)
    expect(await keptForms(engine)).toBeUndefined()
  })
})

test.runIf(complete)('a calibration measures all forms on every map', async () => {
  const work = createWork()
  const { forms, measured } = await calibrate(await createEngine({ threads: 1 }), work)
  expect(measured.map(({ side }) => side)).toEqual([7, 14, 20, 28, 40, 56])
  for (const { convolution, kernelGradient } of measured)
    for (const time of [...Object.values(convolution), ...Object.values(kernelGradient)])
      expect(time).toBeGreaterThan(0)
  expect(forms).toEqual(formsFrom(measured))
})
