/** The commands on labels that cost nothing, as a user types them. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { seedlings } from '../../test/seedlings.ts'

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
