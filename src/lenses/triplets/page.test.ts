/** The page of the lens, drawn from a made-up run, and its film in a browser. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, openTab } from '../../../test/browser.ts'
import { gate } from '../../../test/thorough.ts'
import { random } from '../../base/random.ts'
import { memoryStore } from '../../data/store.ts'
import { createCanvas } from '../../figures/canvas.node.ts'
import { renderReport } from '../../figures/report.ts'
import type { EmbeddingRun, TripletFrame } from '../../runs/embedding-run.ts'
import type { RunRecord } from '../../runs/record.ts'
import type { LensContext } from '../lens.ts'
import { draw } from './draw.ts'
import { options as tripletsOptions } from './options.ts'
import { metrics, run } from './run.ts'

const n = 60
const classes = ["<Daisy> & 'Co'", 'Maize', 'Wheat']
const ids = (split: string) => Int32Array.from({ length: n }, (_, i) => i + (split === 'test' ? n : 0))

/** Two methods, three epochs: dots that leave the diagonal, the second method's faster. */
function madeUpRun(method: number): EmbeddingRun {
  const frame = (epoch: number, split: string): TripletFrame => {
    const { uniform, integer } = random('dots', split, epoch)
    const all = ids(split)
    return {
      epoch,
      anchor: all,
      positive: all.map((_, i) => all[(i + 3) % n]),
      negative: all.map((_, i) => all[(i + 1 + 3 * integer(9)) % n]),
      positiveSimilarity: Float32Array.from(all, () => uniform(0.6, 0.9)),
      negativeSimilarity: Float32Array.from(all, () => uniform(0.6, 0.9) - 0.1 * epoch * (method + 1)),
    }
  }
  return {
    source: `runs/${method}`,
    record: {
      objective: 'epshn',
      objectiveOptions: { order: method + 1 },
      training: {},
      head: { kind: 'embedding', dim: 2 },
      data: { fingerprint: 'f' },
    } as unknown as RunRecord,
    epochs: [0, 1, 2],
    splits: ['train', 'test'],
    triplets: async (epoch, split) => frame(epoch, split),
    vectors: async (epoch, split) => {
      const all = ids(split)
      return {
        ids: all,
        paths: Array.from(all, id => `${classes[id % 3]}/${id}.png`),
        labels: Array.from(all, id => classes[id % 3]),
        dim: 2,
        data: Float32Array.from({ length: 2 * n }, (_, k) => Math.cos(k + epoch)),
      }
    },
    pictures: async () => memoryStore(8, new Uint8Array(2 * n * 8 * 8 * 3).fill(120)),
  }
}

const context = {
  seed: 0,
  signal: new AbortController().signal,
  emit() {},
} as unknown as LensContext

const options = tripletsOptions.parse({ track: `${classes[2]}/62.png`, field: 'first-entangled' })
const inputs = { run: [madeUpRun(0), madeUpRun(1)] }
const result = await run(context, inputs, options)
const drawing = await draw(result, createCanvas(), inputs)
const html = renderReport({ title: 'Triplets', ...drawing.report, footer: '' })

describe('the page', () => {
  it('has metrics of the last epoch of every run', () => {
    const { runs } = metrics(result)
    expect(runs.map(({ name }) => name)).toEqual(['epshn, order 1', 'epshn, order 2'])
    expect(runs[1].shareCorrect).toBeGreaterThan(runs[0].shareCorrect)
  })

  it('has a still per epoch that names the regions and says the share right of the diagonal', async () => {
    const film = drawing.films!.film
    expect(film.frames).toBe(3)
    const { measures } = result.runs[0].splits[1]
    for (const [index, { shareCorrect }] of measures.entries()) {
      const svg = String(await film.frame(index))
      expect(svg).toContain(
        `epoch ${index}: ${(100 * shareCorrect).toFixed(1)} % right of the diagonal = recall at 1`,
      )
      for (const region of ['hard:', 'easy:', 'ideal (1, 0)', 'collapsed (1, 1)'])
        expect(svg).toContain(region)
    }
  })

  it('draws the path of the tracked triplet from blue to green and to red', () => {
    const svg = String(drawing.pictures.path)
    for (const colour of ['#2166ac', '#1a9641', '#d7301f']) expect(svg).toContain(`r="6" fill="${colour}"`)
  })

  describe.skipIf(!gate || browserMissing)('in a browser (skipped where no Chromium is installed)', () => {
    let page: Page
    const faults: string[] = []
    beforeAll(async () => {
      const file = join(mkdtempSync(join(tmpdir(), 'glasshouse-page-')), 'index.html')
      writeFileSync(file, html)
      page = await openTab({ viewport: { width: 1100, height: 1400 } })
      page.on('pageerror', error => faults.push(error.message))
      page.on('console', message => message.type() === 'error' && faults.push(message.text()))
      await page.goto(`file://${file}`)
    })
    afterAll(() => page.context().close())

    const goTo = (epoch: number) =>
      page.locator('[data-film=time]').evaluate((slider: HTMLInputElement, value) => {
        slider.value = String(value)
        slider.dispatchEvent(new Event('input'))
      }, epoch)

    it.runIf(gate)('every frame of every panel says its share', async () => {
      const histories = result.runs.flatMap(({ splits }) => splits)
      for (const epoch of [0, 1, 2]) {
        await goTo(epoch)
        const lines = await page.locator('.film-line').allTextContents()
        expect(lines.map(line => /: ([\d.]+) %/.exec(line)![1])).toEqual(
          histories.map(({ measures }) => (100 * measures[epoch].shareCorrect).toFixed(1)),
        )
      }
    })

    it('plays from the first epoch to the last', async () => {
      await goTo(2)
      await page.locator('[data-film=speed]').selectOption('16')
      await page.getByRole('button', { name: 'Play' }).click()
      await page.getByRole('button', { name: 'Play' }).waitFor()
      expect(await page.locator('[data-film=epoch]').textContent()).toBe('epoch 2 of 2')
    })

    it('shows anchor, positive and negative of the dot that is pointed at', async () => {
      await goTo(1)
      const canvas = page.locator('canvas').nth(1)
      await canvas.scrollIntoViewIfNeeded()
      const box = (await canvas.boundingBox())!
      const {
        positiveSimilarity: x,
        negativeSimilarity: y,
        anchor,
        positive,
        negative,
      } = result.runs[0].splits[1].frames[1]
      await page.mouse.move(box.x + x[5] * box.width, box.y + (1 - y[5]) * box.height)
      const words = await page.locator('.film-card div').allTextContents()
      expect(words).toHaveLength(3)
      for (const [i, id] of [anchor[5], positive[5], negative[5]].entries())
        expect(words[i]).toContain(`${classes[id % 3]}${classes[id % 3]}/${id}.png`)
      expect(words[1]).toContain(x[5].toFixed(3))
      expect(words[2]).toContain(y[5].toFixed(3))
      expect(await page.locator('.film-card span').count()).toBe(3)
    })

    it('draws the field that is chosen, and no faults occur', async () => {
      const shown = () => page.locator('.film-panel').first().locator('[data-field]:visible').count()
      expect(await shown()).toBe(1)
      await page.locator('[data-film=field]').selectOption('none')
      expect(await shown()).toBe(0)
      for (const mode of ['density', 'dots']) await page.locator('[data-film=mode]').selectOption(mode)
      await page.locator('[data-film=colour]').selectOption('class')
      expect(faults).toEqual([])
    })
  })
})
