/** The lens and its page, from two made-up embeddings of the same images; the page in a browser too. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, openTab } from '../../../test/browser.ts'
import { gate } from '../../../test/thorough.ts'
import { random } from '../../base/random.ts'
import { memoryStore } from '../../data/store.ts'
import { startNodeThread } from '../../embedding/tsne/thread-pool.node.ts'
import type { Vectors } from '../../embedding/vectors.ts'
import { createCanvas } from '../../figures/canvas.node.ts'
import { renderReport } from '../../figures/report.ts'
import type { LensContext, VectorsInput } from '../lens.ts'
import { draw as drawTsne } from './draw.ts'
import { options as tsneOptions } from './options.ts'
import type { TsneLensResult } from './result.ts'
import { metrics as metricsOf, run } from './run.ts'

const n = 90
const dim = 5
const classes = ["<Daisy> & 'Co'", 'Maize', 'Wheat']

/** Three clusters; in the second embedding the first ten images have gone over to the next class. */
function embedding(which: number, rows = n): VectorsInput {
  const { normal } = random('embedding', which)
  const ids = Int32Array.from({ length: rows }, (_, i) => i)
  const clusterOf = (i: number) => (i + (which === 1 && i < 10 ? 1 : 0)) % 3
  const vectors: Vectors = {
    ids,
    paths: Array.from(ids, i => `${classes[i % 3]}/${i}.png`),
    labels: Array.from(ids, i => classes[i % 3]),
    dim,
    data: Float32Array.from({ length: rows * dim }, (_, k) => {
      const i = Math.floor(k / dim)
      return 4 * Math.cos(2 * clusterOf(i) * (1 + (k % dim))) + normal()
    }),
  }
  const store = memoryStore(16, new Uint8Array(rows * 16 * 16 * 3).fill(120))
  return { source: `runs/${'ab'[which]}.arrow`, vectors, pictures: { store, places: ids } }
}

const context = {
  seed: 0,
  signal: new AbortController().signal,
  emit() {},
  threads: { start: startNodeThread, count: 1 },
} as unknown as LensContext

const look = (vectors: VectorsInput[], options: object = {}, more: object = {}) =>
  run(
    { ...context, ...more },
    { vectors },
    tsneOptions.parse({ perplexity: 10, iterations: 350, ...options }),
  )
const draw = (result: TsneLensResult, vectors: VectorsInput[]) =>
  drawTsne(result, createCanvas(), { vectors })

const both = [embedding(0), embedding(1)]
const result = await look(both, { yoke: 1e-4, sweep: [1e-6, 1e-3] })
const drawing = await draw(result, both)

describe('the lens', () => {
  it('has the metrics of the pair', () => {
    const metrics = metricsOf(result)
    expect(Object.keys(metrics)).toEqual(
      expect.arrayContaining([
        'kl',
        'klAlone',
        'klRatio',
        'alignment',
        'procrustes',
        'lambda',
        'lambdaRelative',
        'seconds',
      ]),
    )
    expect(metrics.klRatio[0]).toBeCloseTo(metrics.kl[0] / metrics.klAlone[0], 12)
    expect(metrics.sweep).toHaveLength(2)
  })

  it('finds the images that went over to another class, and their class', () => {
    const { points, classes: differ } = result.difference!
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(points.changed.subarray(0, 10))).toBeGreaterThan(0.85)
    expect(mean(points.changed.subarray(10))).toBeLessThan(0.75)
    expect(mean(points.moved.subarray(0, 10))).toBeGreaterThan(2 * mean(points.moved.subarray(10)))
    for (const { together } of differ) expect(together[1]).toBeLessThan(together[0])
  })

  it('writes maps beside the page that can be held in place later', async () => {
    const { tables } = drawing
    expect(Object.keys(tables!)).toEqual([
      'map-1',
      'map-2',
      // And for each lambda that was asked for.
      ...[1, 2].flatMap(tie => [`sweep-${tie}-map-1`, `sweep-${tie}-map-2`]),
    ])
    const held = await look(
      [embedding(0), embedding(1)],
      { yoke: 1e-3, fixed: 'map-1.arrow' },
      { vectors: async () => tables!['map-1'] },
    )
    expect(held.layout.maps[0]).toEqual(result.layout.maps[0])
    expect(held.options.tie).toBe('star')
  })

  it('ties epochs each to the one before, and shows a single map by itself', async () => {
    const epochs = [0, 1, 1].map((which, epoch) => ({
      ...embedding(which),
      source: `run@${epoch}:test`,
      epoch,
    }))
    const film = await look(epochs, { yoke: 1e-4 })
    expect(film.options.tie).toBe('chain')
    expect(film.names).toEqual(['epoch 0', 'epoch 1', 'epoch 2'])
    const { films } = await draw(film, epochs)
    expect(String(await films!.morph.frame(0))).toContain('epoch 0')
    expect(String(await films!.morph.frame(films!.morph.frames - 1))).toContain('epoch 2')
    const alone = await look([embedding(0)])
    expect(metricsOf(alone)).toMatchObject({ klRatio: [1], lambda: 0, alignment: 0 })
    expect((await draw(alone, [embedding(0)])).films).toBeUndefined()
  })

  it('matches images by path where a set lacks some, and refuses sets that share none', async () => {
    const fewer = embedding(1, 60)
    const some = await look([embedding(0), fewer], { yoke: 1e-4 })
    expect(some.items.count).toBe(n)
    expect(some.difference!.points.moved.filter(Number.isNaN)).toHaveLength(30)
    fewer.vectors.paths = fewer.vectors.paths!.map(path => `other/${path}`)
    await expect(look([embedding(0), fewer])).rejects.toThrow('these vectors share no image with the first')
  })

  it('has the title of the map in every frame of the film', async () => {
    const { morph } = drawing.films!
    const titles = await Promise.all(
      Array.from(
        { length: morph.frames },
        async (_, i) => /aria-label="(\w) {2}\(yoked\)"/.exec(String(await morph.frame(i)))?.[1],
      ),
    )
    expect(titles.join('')).toMatch(/^a+b+a+$/)
  })
})

describe.skipIf(!gate || browserMissing)(
  'the page in a browser (skipped where no Chromium is installed)',
  () => {
    let page: Page
    const faults: string[] = []
    beforeAll(async () => {
      const file = join(mkdtempSync(join(tmpdir(), 'glasshouse-page-')), 'index.html')
      writeFileSync(file, renderReport({ title: 'Yoked t-SNE', ...drawing.report, footer: '' }))
      page = await openTab({ viewport: { width: 1100, height: 1300 } })
      page.on('pageerror', error => faults.push(error.message))
      page.on('console', message => message.type() === 'error' && faults.push(message.text()))
      await page.goto(`file://${file}`)
    })
    afterAll(() => page.context().close())

    const box = async (index: number) => {
      const canvas = page.locator('canvas').nth(index)
      await canvas.scrollIntoViewIfNeeded()
      return (await canvas.boundingBox())!
    }
    /** Pixels of a canvas that are dark: the ring around a marked dot is. */
    const dark = (index: number) =>
      page
        .locator('canvas')
        .nth(index)
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
          let count = 0
          for (let i = 0; i < data.length; i += 4)
            if (data[i] < 60 && data[i + 1] < 60 && data[i + 2] < 60) count++
          return count
        })

    it('shows both maps by themselves, both yoked, and one that moves', async () => {
      expect(await page.locator('canvas').count()).toBe(5)
      expect(await page.locator('.maps-line').allTextContents()).toEqual(['a', 'b', 'a', 'b', 'b'])
    })

    it('marks the dot that is pointed at in every map, and tells what it is', async () => {
      const before = await Promise.all([0, 1, 2, 3].map(dark))
      const area = await box(2)
      const { maps } = result.layout
      const ends = (axis: number) => {
        const values = maps.flatMap(map => Array.from(map).filter((_, i) => (i & 1) === axis))
        return [Math.min(...values), Math.max(...values)]
      }
      const [[x0, x1], [y0, y1]] = [ends(0), ends(1)]
      const side = 1.08 * Math.max(x1 - x0, y1 - y0)
      const at = (value: number, from: number, to: number) => (value - (from + to - side) / 2) / side
      await page.mouse.move(
        area.x + at(maps[0][14], x0, x1) * area.width,
        area.y + at(maps[0][15], y0, y1) * area.height,
      )
      expect(await page.locator('.maps-card').textContent()).toContain('/7.png')
      const after = await Promise.all([0, 1, 2, 3].map(dark))
      for (const [index, count] of after.entries()) expect(count).toBeGreaterThan(before[index])
    })

    it('keeps what a lasso caught, in all maps', async () => {
      const area = await box(3)
      const corner = async (x: number, y: number) =>
        page.mouse.move(area.x + x * area.width, area.y + y * area.height, { steps: 3 })
      await corner(0.01, 0.01)
      await page.mouse.down()
      for (const [x, y] of [
        [0.99, 0.01],
        [0.99, 0.99],
        [0.01, 0.99],
      ])
        await corner(x, y)
      await page.mouse.up()
      expect(await page.locator('.maps-selection').textContent()).toContain(`${n} points: `)
      expect(await page.locator('.maps-selection span').count()).toBe(72)
      await page.getByRole('button', { name: 'Maize' }).click()
      expect(await page.locator('.maps-selection').textContent()).toBe('30 points: Maize 30')
    })

    it.runIf(gate)(
      'flickers, morphs, colours by difference and zooms into images without a fault',
      async () => {
        const title = () => page.locator('.maps-line').nth(4).textContent()
        await page.getByRole('button', { name: 'Flicker' }).click()
        await page.waitForFunction(() => document.querySelectorAll('.maps-line')[4].textContent === 'a')
        await page.getByRole('button', { name: 'Flicker' }).click()
        await page.getByRole('button', { name: 'Morph' }).click()
        await page.waitForFunction(() => document.querySelectorAll('.maps-line')[4].textContent === 'b')
        expect(await title()).toBe('b')
        for (const by of ['moved', 'changed']) await page.locator('[data-maps=colour]').selectOption(by)
        const area = await box(0)
        await page.mouse.move(area.x + area.width / 2, area.y + area.height / 2)
        await page.mouse.wheel(0, -1500)
        await page.waitForFunction(
          () => document.querySelector<HTMLInputElement>('[data-maps=pictures]')!.checked,
        )
        expect(faults).toEqual([])
      },
    )
  },
)
