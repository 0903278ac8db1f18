/** The commands on labels that cost nothing, as a user types them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { seedlings } from '../../test/seedlings.ts'
import { complete, gate } from '../../test/thorough.ts'
import { noiseImage } from '../data/pretext/noise.ts'
import { encodePng } from '../figures/files.node.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'glasshouse-pretext-'))

describe('commutation', () => {
  it.runIf(gate)('measures noise by default, and leaves a page with its plot', async () => {
    const out = folder()
    const words = ['--widths', '100,99,100', '--process', 'demosaic,none', '--samples', '1']
    const { code, stdout } = await glasshouse('commutation', ...words, '--out', out, '--json')
    expect(code).toBe(0)
    const { metrics } = JSON.parse(stdout)
    expect(metrics.residuals.map(({ process, width }: Record<string, unknown>) => [process, width])).toEqual([
      ['demosaic', 99],
      ['demosaic', 100],
      ['none', 99],
      ['none', 100],
    ])
    expect(metrics.residuals[0].residual).toBe(0)
    expect(metrics.residuals[1].residual).toBeGreaterThan(20)
    for (const name of ['index.html', 'commutation.svg', 'commutation.png', 'result.json'])
      expect(existsSync(join(out, name)), name).toBe(true)
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('demosaicing')
  })

  it('takes images in place of noise', async () => {
    const { code, stdout } = await glasshouse(
      ...['commutation', await seedlings(), '--widths', '64,65', '--process', 'both'],
      ...['--samples', '3', '--json', '--out', folder()],
    )
    expect(code).toBe(0)
    const { residuals, images } = JSON.parse(stdout).metrics
    expect(images).toBe(3)
    for (const { residual, shifted } of residuals) {
      expect(residual).toBeGreaterThan(0)
      expect(shifted).toBeGreaterThan(0)
    }
  })

  it.each([
    [['--widths', '8'], '--widths'],
    [['--process', 'sharpen'], '--process'],
    [['nowhere'], 'no such folder'],
  ])('%j is a mistake of the user', async (words, message) => {
    const { code, stderr } = await glasshouse('commutation', ...words, '--out', folder())
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('pretext', () => {
  const recipe = '--size 16 --batch 16 --epochs 1 --threads 1 --json'.split(' ')

  it.runIf(gate)(
    'all: one table over the tasks, a page for each, and where a part was',
    async () => {
      const [data, out] = [await seedlings(), folder()]
      const chosen = complete ? ['flip', 'cropped'] : ['cropped']
      const words = [
        'pretext',
        'all',
        data,
        ...recipe,
        '--tasks',
        chosen.join(),
        '--seeds',
        '1',
        '--cues',
        '2',
        '--out',
        out,
      ]
      const { code, errors, stdout } = await glasshouse(...words)
      expect([code, errors]).toEqual([0, []])
      const { tasks } = JSON.parse(stdout).metrics
      expect(tasks.map(({ task }: { task: string }) => task)).toEqual(chosen)
      for (const { accuracy, by } of tasks) {
        expect(accuracy).toBeGreaterThanOrEqual(0)
        expect(by).toMatch(/nothing was found|pixels|colours|features|the network/)
      }
      const each = chosen.flatMap(task => [`${task}.html`, `${task}-cue-1.svg`, `${task}/seed-0/model.onnx`])
      for (const name of ['all.png', 'cropped-parts.svg', ...each])
        expect(existsSync(join(out, name)), name).toBe(true)
      expect(readFileSync(join(out, 'cropped.html'), 'utf8')).toContain('Which part?')
    },
    120_000,
  )

  it.runIf(gate)(
    'time: folders of frames become images of three moments, whole clips held out',
    async () => {
      const [clips, out] = [folder(), folder()]
      for (const [number, clip] of ['a', 'b', 'c'].entries()) {
        mkdirSync(join(clips, clip))
        const scene = noiseImage(32, 32, number)
        for (let frame = 0; frame < 9; frame++) {
          // Brighter from frame to frame: forwards is told by anything.
          const data = scene.data.map(value => value / 2 + 12 * frame)
          writeFileSync(join(clips, clip, `${frame}.png`), await encodePng({ width: 32, height: 32, data }))
        }
      }
      const words = ['pretext', 'time', clips, ...recipe, '--seeds', '1', '--out', out]
      const { code, errors, stdout } = await glasshouse(...words)
      expect([code, errors]).toEqual([0, []])
      expect(JSON.parse(stdout).metrics).toMatchObject({ task: 'time', baselines: { pixels: 1 } })
      const list = readFileSync(join(out, 'moments-19-2-0/labels.csv'), 'utf8').trim().split('\n').slice(1)
      const splits = new Map(list.map(row => row.split(',')).map(([, clip, split]) => [clip, split]))
      expect([...splits.values()].sort()).toEqual(['test', 'train', 'train'])
      expect(list.length).toBe(9)

      const none = await glasshouse('pretext', 'time', join(clips, 'a'), '--out', folder())
      expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('fewer than two clips')])
      const elsewhere = await glasshouse('pretext', 'flip', clips, '--step', '3', '--out', folder())
      expect([elsewhere.code, elsewhere.stderr]).toEqual([2, expect.stringContaining('--step')])
    },
    60_000,
  )

  it.runIf(gate)(
    'trains every seed, measures what else tells the forms apart, and goes on where it stood',
    async () => {
      const [data, out] = [await seedlings(), folder()]
      const words = ['pretext', 'flip', data, ...recipe, '--seeds', '2', '--out', out]
      const first = await glasshouse(...words)
      expect([first.code, first.errors]).toEqual([0, []])
      const { metrics } = JSON.parse(first.stdout)
      expect(metrics).toMatchObject({ task: 'flip', chance: 0.5 })
      expect(metrics.accuracies).toHaveLength(2)
      expect(metrics.interval[0]).toBeLessThanOrEqual(metrics.accuracy)
      expect(metrics.interval[1]).toBeGreaterThanOrEqual(metrics.accuracy)
      expect(Object.keys(metrics.baselines).sort()).toEqual(['colours', 'pixels', 'random', 'shuffled'])
      // A mirror changes no colour.
      expect(metrics.baselines.colours).toBe(0.5)
      expect(metrics.perSource).toHaveLength(12)
      expect(metrics).not.toHaveProperty('controls')
      for (const name of ['index.html', 'accuracy.png', 'maps.svg', 'confusion.svg', 'seed-1/model.onnx'])
        expect(existsSync(join(out, name)), name).toBe(true)

      // Runs that have finished are only read.
      const log = readFileSync(join(out, 'seed-0/log.ndjson'), 'utf8')
      const again = await glasshouse(...words)
      expect(JSON.parse(again.stdout).metrics).toEqual(metrics)
      expect(readFileSync(join(out, 'seed-0/log.ndjson'), 'utf8')).toBe(log)

      // Every form of an image is on one side, and its class is the form.
      const record = JSON.parse(readFileSync(join(out, 'seed-0/run.json'), 'utf8'))
      expect(record).toMatchObject({
        pretext: { task: 'flip' },
        head: { classes: ['original', 'mirrored'] },
        data: { images: { train: 192, test: 48 } },
      })
      const other = await glasshouse(...words, '--lr', '0.01')
      expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('other options')])
    },
  )

  it.skipIf(!complete)('crosses the controls', async () => {
    const { code, stdout } = await glasshouse(
      ...['pretext', 'crop', await seedlings(), ...recipe, '--seeds', '1', '--out', folder()],
      ...['--controls', '--control-images', '10'],
    )
    expect(code).toBe(0)
    const { controls, chance } = JSON.parse(stdout).metrics
    expect(chance).toBeCloseTo(1 / 6)
    expect(controls).toHaveLength(24)
    expect(controls[0]).toEqual({
      width: 99,
      demosaic: false,
      jpeg: false,
      crop: false,
      accuracy: expect.any(Number),
    })
    const settings = controls.map(({ accuracy, ...cell }: Record<string, unknown>) => JSON.stringify(cell))
    expect(new Set(settings).size).toBe(24)
  })

  it.each([
    [['flips', 'DATA'], "no pretext task called 'flips'"],
    [['flip', 'nowhere'], 'no such folder'],
    [['flip', 'DATA', '--control-images', '50'], '--controls'],
    [['flip', 'DATA', '--objective', 'epshn'], '--objective'],
  ])('%j is a mistake of the user', async (words, message) => {
    const data = await seedlings()
    const { code, stderr } = await glasshouse(
      'pretext',
      ...words.map(word => (word === 'DATA' ? data : word)),
      ...['--out', folder()],
    )
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
