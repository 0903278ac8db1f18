/** What `train` chooses by and reports, on data that names three splits, two, or one. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { gate } from '../../test/thorough.ts'
import { encoded, writeAll } from '../data/fixtures/pictures.node.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'glasshouse-splits-'))
  process.env.GLASSHOUSE_CACHE = join(folder, 'cache')
})

async function measured(...words: string[]) {
  const ended = await glasshouse(...words)
  return { ...ended, metrics: ended.stdout ? JSON.parse(ended.stdout).metrics : undefined }
}

/** Noise: what is learned from it does not carry over, so that scores differ from split to split. */
async function write(counts: Record<string, number>): Promise<void> {
  let seed = 0
  for (const [place, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++)
      writeAll(join(folder, 'data', place), { [`${i}.png`]: await encoded('png', { seed: seed++ }) })
  }
}

const recipe = '--net small --size 16 --batch 8 --threads 1 --json --augment none'.split(' ')
const train = (...words: string[]) =>
  measured('train', join(folder, 'data'), ...recipe, '--out', join(folder, 'run'), ...words)

interface Line {
  kind: string
  epoch: number
  accuracy: number
  val?: { accuracy: number }
}
const epochs = (): Line[] =>
  readFileSync(join(folder, 'run/log.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(({ kind }) => kind === 'epoch')

describe('with three splits', () => {
  test.runIf(gate)('the best epoch is chosen on val, and the figures are of test', async () => {
    await write({ 'train/x': 8, 'train/y': 8, 'val/x': 7, 'val/y': 7, 'test/x': 11, 'test/y': 11 })
    const { code, metrics, stderr } = await train('--epochs', '6')
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('chosen on the 14 validation images, the scores are of the 22 test images'),
    ])
    const trained = epochs().filter(({ epoch }) => epoch > 0)
    const best = trained.reduce((a, b) => ((b.val?.accuracy ?? 0) > (a.val?.accuracy ?? 0) ? b : a))
    expect(metrics.best).toEqual({ epoch: best.epoch, score: best.accuracy, val: best.val?.accuracy })
    expect(metrics.accuracy).toBe(best.accuracy)
    // Every score counts the images of its own split.
    for (const { accuracy, val } of trained) {
      expect((accuracy * 22) % 1).toBeCloseTo(0, 6)
      expect(((val?.accuracy ?? 0.01) * 14) % 1).toBeCloseTo(0, 6)
    }
    const of = (split: string) =>
      measured(
        'evaluate',
        join(folder, 'run'),
        join(folder, 'data'),
        '--split',
        split,
        '--threads',
        '1',
        '--json',
      )
    expect((await of('test')).metrics).toMatchObject({ accuracy: best.accuracy, images: 22 })
    expect((await of('val')).metrics).toMatchObject({ accuracy: best.val?.accuracy, images: 14 })
  })
})

test.runIf(gate)('with two splits the choice is said to be made on the test images', async () => {
  await write({ 'train/x': 8, 'train/y': 8, 'Validation/x': 3, 'Validation/y': 3 })
  const { metrics, stderr } = await train('--epochs', '1')
  expect(stderr).toContain('chosen on the 6 test images themselves')
  expect(metrics.best).not.toHaveProperty('val')
})

test.runIf(gate)('training images alone are divided, and unlabelled test images named', async () => {
  await write({ 'train/x': 10, 'train/y': 10, test: 3 })
  const { code, stderr } = await train('--epochs', '1')
  expect(code).toBe(0)
  expect(stderr).toContain('its 3 files have no labels')
  expect(stderr).toContain('held out to test on')
  expect(stderr).toContain('chosen on the 4 test images')
})

test.runIf(gate)('a class too small to be divided trains whole, and is said not to be tested', async () => {
  await write({ x: 2, y: 10, z: 1 })
  const { code, stderr, metrics } = await train('--epochs', '1')
  expect(code).toBe(0)
  expect(stderr).toContain("'x' and 1 more classes have too few images to hold any out")
  expect(metrics.perClass).toEqual([null, expect.any(Number), null])
})

test.each([
  ['no training images', { 'val/x': 2, 'val/y': 2, 'test/x': 2, 'test/y': 2 }, 'no images in this split'],
  ['training images of one class', { 'train/x': 4, 'test/x': 2, 'test/y': 2 }, 'all of one class'],
])('%s are refused before anything is computed', async (_, counts, message) => {
  await write(counts)
  const { code, stderr } = await train('--epochs', '1')
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
})

test.each([
  ['softmax', ['a.png,x,test', 'b.png,y,test'], 'no images in this split'],
  ['softmax', ['a.png,x,train', 'b.png,x,test', 'c.png,y,test'], 'all of one class'],
  [
    'epshn',
    ['a.png,x,train', 'b.png,x,train', 'c.png,y,train', 'd.png,y,train', 'e.png,x,test'],
    'classmate',
  ],
])('%s: the list is named where %j are refused', async (objective, rows, message) => {
  writeAll(join(folder, 'data'), {
    'rows.csv': ['path,label,split', ...rows].join('\n'),
    ...Object.fromEntries(
      await Promise.all(
        rows.map(async (row, seed) => [row.split(',')[0], await encoded('png', { seed })] as const),
      ),
    ),
  })
  const list = join(folder, 'data', 'rows.csv')
  const words = [...recipe, '--objective', objective, '--epochs', '1', '--out', join(folder, 'run')]
  const { code, stderr } = await measured('train', list, ...words)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
  expect(stderr).toContain('rows.csv')
})

test('classes without training images are named', async () => {
  await write({ 'train/x': 4, 'train/y': 4, 'test/x': 2, 'test/z': 2 })
  const { stderr } = await train('--epochs', '1')
  expect(stderr).toContain("the class 'z' has no training images")
})
