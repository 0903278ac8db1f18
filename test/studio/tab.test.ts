import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as node from '../../src/index.ts'
import type { NetworkPlan } from '../../src/nets/network.ts'
import { unpackFrames } from '../../src/server/film-frames.ts'
import { decodeNpy } from '../../src/weights/npy.ts'
import { vectorsOf } from '../../studio/tab/vectors.ts'
import { browserMissing } from '../browser.ts'
import { fillNetwork } from '../fill.ts'
import { gate } from '../thorough.ts'
import { type FakeStudio, fakeStudio, Raw } from './fake-server.ts'
import { expectClose } from './lens-in-page.ts'
import { type Opened, openPage } from './open.ts'

const size = 32
const plan: NetworkPlan = {
  net: 'small',
  head: { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
  preprocessing: { size, resize: 36, mean: [0.5, 0.4, 0.3], deviation: [0.2, 0.25, 0.3] },
}
const model = {
  name: 'it.onnx',
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(node.networkModel({ ...plan, parameters: fillNetwork(plan) }, { batch: 'dynamic' })),
}

/** A square of nearly one colour. */
async function square(name: string, red: number, green: number, number: number) {
  const pixels = Buffer.alloc(48 * 48 * 3)
  for (let at = 0; at < pixels.length; at += 3) {
    const light = ((at * 7 + number * 13) % 40) - 20
    pixels.set([red + light, green + light, 60 + light], at)
  }
  const buffer = await sharp(pixels, { raw: { width: 48, height: 48, channels: 3 } })
    .png()
    .toBuffer()
  return { name: `${name}-${number}.png`, mimeType: 'image/png', buffer }
}
const squares = (name: string, red: number, green: number, count: number) =>
  Promise.all(Array.from({ length: count }, (_, number) => square(name, red, green, number)))

describe.skipIf(!gate || browserMissing)('lenses in the tab (skipped where there is no Chromium)', () => {
  let studio: FakeStudio
  let opened: Opened
  let film: Uint8Array = new Uint8Array()
  beforeAll(async () => {
    studio = fakeStudio({
      '/api/film': (_, __, bytes) => {
        film = bytes
        return new Raw('video/mp4', Buffer.from('a film'))
      },
    })
    opened = await openPage(`${studio.origin}/tab`)
    await opened.page.waitForSelector('.box')
  })
  afterAll(async () => {
    await opened?.close()
    studio?.close()
  })
  const idle = async () => {
    await opened.page.waitForTimeout(100)
    await opened.page.waitForFunction(() => document.querySelector('.under-way')?.textContent === '')
  }

  const takeAway = async (form: string, button = 'Export') => {
    const { page } = opened
    await page.getByRole('button', { name: button, exact: true }).click()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('dialog').getByRole('button', { name: form, exact: true }).click(),
    ])
    await page.keyboard.press('Escape')
    return file
  }

  it('opens a model and images from the disk, and says what it sees', async () => {
    const { page } = opened
    await page.locator('.box input[type=file]').first().setInputFiles(model)
    await page.getByText('3 classes, sees 32').waitFor()
    await page
      .locator('.box input[type=file]')
      .nth(1)
      .setInputFiles([...(await squares('red', 200, 40, 5)), ...(await squares('green', 40, 190, 5))])
    await page.waitForFunction(() => document.querySelectorAll('.tab-images li').length === 10)
    await idle()
    expect(await page.locator('.answers li').count()).toBe(3)
    expect(['ash', 'oak', 'elm']).toContain(await page.locator('.answers li span').first().textContent())
    expect(await page.locator('.device').textContent()).toMatch(/^WebAssembly, \d+ threads?: \S/)
  })

  it('gives the vectors of the images, with their names', async () => {
    const [csv, npy] = [
      await takeAway('CSV', 'Export the vectors'),
      await takeAway('NPY', 'Export the vectors'),
    ]
    const [head, ...rows] = readFileSync(await csv.path(), 'utf8')
      .trim()
      .split('\r\n')
    const matrix = decodeNpy(readFileSync(await npy.path()), 'vectors.npy')
    expect(matrix.shape).toEqual([10, head.split(',').length - 2])
    expect(rows.map(row => row.split(',')[0]).slice(0, 2)).toEqual(['red-0.png', 'red-1.png'])
    expect(rows.flatMap(row => row.split(',').slice(2).map(Number))).toEqual(Array.from(matrix.data, Number))
    const engine = await node.createEngine({ threads: 1 })
    const { network } = await node.openModelBytes(model.buffer, async () => engine, { name: 'it.onnx' })
    const [red] = await squares('red', 200, 40, 1)
    const picture = await node.decodePicture(red.buffer, red.name)
    const { data } = await vectorsOf(engine, network, [picture])
    expectClose(Array.from(matrix.data.slice(0, data.length), Number), Array.from(data))
  })

  it('shows where it looks, and exports a page that opens with the network cut off', async () => {
    const { page } = opened
    await page.getByRole('button', { name: 'Show where it looks' }).click()
    await page.locator('.report-gallery img').first().waitFor()
    const file = await takeAway('Page')
    const path = join(mkdtempSync(join(tmpdir(), 'studio-export-')), 'cam.html')
    await file.saveAs(path)
    const alone = await openPage(`file://${path}`)
    await alone.page.context().setOffline(true)
    await alone.page.reload()
    expect(await alone.page.locator('.gallery img').count()).toBeGreaterThan(0)
    expect(alone.complaints).toEqual([])
    await alone.close()
  })

  it('shows where it looks by the gradient, too', async () => {
    const { page } = opened
    const shown = () =>
      page
        .locator('.report-gallery img')
        .evaluateAll(all => all.map(image => image.getAttribute('src')).join())
    const before = await shown()
    await page.getByLabel('method').selectOption('layer-cam')
    await page.getByRole('button', { name: 'Show where it looks' }).click()
    await expect.poll(async () => (await shown()) || before).not.toBe(before)
    await idle()
    expect(opened.complaints).toEqual([])
  })

  it('dreams of a layer that is picked on the drawing', async () => {
    const { page } = opened
    await page.getByRole('tab', { name: 'Dream' }).click()
    await page.getByRole('button', { name: 'Choose the layer on the drawing' }).click()
    const dialog = page.getByRole('dialog', { name: 'choose a layer' })
    await dialog.locator('.drawing').getByRole('button', { name: 'stage2.unit1', exact: true }).click()
    await page.locator('.layer-chip', { hasText: 'stage2.unit1' }).waitFor()
    await page.getByLabel('octaves').fill('1')
    await page.getByLabel('steps').fill('2')
    await page.getByRole('button', { name: 'Dream', exact: true }).click()
    await page.getByRole('heading', { name: 'How strongly the layers answer' }).waitFor()
    await idle()
  })

  it('shows the match of a place of one image in the other', async () => {
    const { page } = opened
    await page.getByRole('tab', { name: 'Two images' }).click()
    await page.locator('.tab-images li button').first().click()
    await page.locator('.tab-images li button').nth(2).click()
    await page.getByRole('button', { name: 'Compare them' }).click()
    const place = page.getByRole('img', { name: /point at a place/ }).first()
    await place.waitFor()
    await page.getByText('Point at a place of either image.').waitFor()
    await place.hover()
    await page.getByText(/^This place adds/).waitFor()
    await page.mouse.move(0, 0)
    await page.getByText('Point at a place of either image.').waitFor()
    await place.focus()
    await page.keyboard.press('ArrowUp')
    await page.getByText(/^This place adds/).waitFor()
    await idle()
  })

  it('lays out a map while one watches', async () => {
    const { page } = opened
    await page.getByRole('tab', { name: 'Map' }).click()
    await page.getByRole('button', { name: 'Lay out the map' }).click()
    await page.getByRole('img', { name: 'map of 10 images' }).waitFor()
    await idle()
    const file = await takeAway('Page')
    const path = join(mkdtempSync(join(tmpdir(), 'studio-export-')), 'map.html')
    await file.saveAs(path)
    const alone = await openPage(`file://${path}`)
    await alone.page.context().setOffline(true)
    await alone.page.reload()
    await alone.page.getByRole('img', { name: /^map 10 images/ }).waitFor()
    expect(await alone.page.locator('.class-legend li').count()).toBeGreaterThan(0)
    expect(alone.complaints).toEqual([])
    await alone.close()
    await takeAway('Film')
    const frames = unpackFrames(film) ?? []
    expect(frames.length).toBeGreaterThan(12)
    // It was laid out while one watched: the dots are elsewhere at last.
    expect(Buffer.from(frames[0]).equals(frames[frames.length - 1])).toBe(false)
  })

  it('trains a model in a minute, and every lens then opens on it', async () => {
    const { page } = opened
    await page.getByRole('tab', { name: 'A model in a minute' }).click()
    for (const [name, red, green] of [
      ['red', 210, 30],
      ['green', 30, 200],
    ] as const) {
      await page.getByRole('combobox', { name: 'class' }).fill(name)
      await page
        .locator('.minute input[type=file]')
        .setInputFiles(await squares(`${name} own`, red, green, 6))
      await page.getByRole('heading', { name: `${name} 6` }).waitFor()
      await idle()
    }
    await page.getByLabel('passes').fill('12')
    await page.getByRole('button', { name: 'Train' }).click()
    await page.locator('.minute output').waitFor()
    expect(await page.locator('.minute output').textContent()).toMatch(/^(9\d|100)\.\d %/)
    await page.getByText('2 classes, sees 48').waitFor()
    await page.getByRole('tab', { name: 'Where it looks' }).click()
    await page.getByRole('button', { name: 'Show where it looks' }).click()
    await page.locator('.report-gallery img').first().waitFor()
  }, 400_000)

  it('has sent nothing but the frames of a film that was asked for', () => {
    expect(studio.asked.filter(line => !line.startsWith('GET '))).toEqual(['POST /api/film'])
    expect(opened.complaints).toEqual([])
  })
})
