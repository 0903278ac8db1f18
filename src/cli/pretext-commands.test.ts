/** The commands on labels that cost nothing, as a user types them. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { seedlings } from '../../test/seedlings.ts'
import { complete } from '../../test/thorough.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'glasshouse-pretext-'))

describe('commutation', () => {
  it('measures noise by default, and leaves a page with its plot', async () => {
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

  it('trains every seed, measures what else tells the forms apart, and goes on where it stood', async () => {
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
  })

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
