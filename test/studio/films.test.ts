/** What moves in the studio as a film: its frames, as the page sends them to the server. */
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleRecord } from '../../src/runs/fixtures/record.ts'
import { unpackFrames } from '../../src/server/film-frames.ts'
import { browserMissing } from '../browser.ts'
import { complete, gate } from '../thorough.ts'
import { drawnDetail, drawnImage, drawnJob, drawnMaps, drawnRetrieval, drawnTriplets } from './drawn.ts'
import { type FakeStudio, fakeStudio, Raw } from './fake-server.ts'
import { type Opened, openPage } from './open.ts'

const epochs = [0, 1, 2].map(epoch => ({
  kind: 'epoch' as const,
  epoch,
  step: 20 * epoch,
  seconds: 1,
  loss: 2 - epoch / 2,
  recall: { '1': 0.3 + epoch / 5 },
}))
const steps = Array.from({ length: 40 }, (_, step) => ({
  kind: 'step' as const,
  epoch: 1 + Math.floor(step / 20),
  step,
  loss: 2 / (1 + step),
  rate: 0.1,
}))
const lookedAt = [2, 5]
const training = (name: string) => ({
  ...drawnDetail(name, 'train'),
  line: 'glasshouse train seedlings',
  record: exampleRecord({ objective: 'ep', head: { kind: 'embedding', dim: 64 } }),
  epochs,
  triplets: [0, 1, 2].map(epoch => ({ epoch, split: 'test' as const })),
  embeddings: [0, 1, 2].map(epoch => ({ epoch, split: 'test' as const })),
  lenses: lookedAt.map(epoch => ({
    run: `cam-${epoch}`,
    command: 'cam',
    changed: epoch,
    epoch,
    thumb: `/files/cam-${epoch}/sheet.png`,
  })),
})
/** The result of a lens that looked at one epoch of `runs/emb`. */
const looked = (epoch: number) => {
  const detail = drawnDetail(`cam-${epoch}`, 'cam')
  return { ...detail, result: { ...detail.result, parameters: { model: `runs/emb@${epoch}` } } }
}
const previewOf = (version: number) => ({
  ...{ name: 'dream', kind: 'image' as const, version },
  ...{ width: 64, height: 64 },
})
/** The page has taken this version into its film, which it does when the image has loaded. */
const isShown = (page: Page, version: number) =>
  page.waitForFunction(wanted => {
    const image = document.querySelector<HTMLImageElement>('.previews img')
    return image?.complete && image.naturalWidth > 0 && image.src.endsWith(wanted)
  }, `version=${version}`)
const plain = (colour: string, side: number) =>
  sharp({ create: { width: side, height: side, channels: 3, background: colour } })
    .png()
    .toBuffer()

describe.skipIf(!gate || browserMissing)('films (skipped where there is no Chromium)', () => {
  let studio: FakeStudio
  let opened: Opened
  let film: Uint8Array = new Uint8Array()
  beforeAll(async () => {
    let shown = 0
    studio = fakeStudio({
      '/api/run': ask => {
        const run = ask.get('run') ?? ''
        if (run === 'maps') return { ...drawnDetail(run, 'tsne'), line: 'glasshouse tsne a b' }
        return run.startsWith('cam-') ? looked(Number(run.slice(4))) : training(run)
      },
      '/api/run/log': () => ({ epochs, steps, ofSteps: steps.length, next: 0 }),
      '/api/run/maps': () => drawnMaps(300),
      '/api/run/retrieval': drawnRetrieval,
      '/api/run/triplets': ask => drawnTriplets(ask.get('run') ?? '', 200, 3),
      '/api/image/thumb': ask => new Raw('image/svg+xml', Buffer.from(drawnImage(ask.get('path') ?? ''))),
      '/api/job/preview': async () =>
        new Raw('image/png', await plain(['red', 'green', 'blue'][shown++ % 3], shown * 16)),
      '/files/*': async () => new Raw('image/png', await plain('orange', 300)),
      '/api/film': (_, __, bytes) => {
        film = bytes
        return new Raw('video/mp4', Buffer.from('a film'))
      },
    })
    studio.jobs = [drawnJob({ previews: [previewOf(1)] })]
    opened = await openPage('about:blank')
  })
  afterAll(async () => {
    await opened?.close()
    studio?.close()
  })

  const openAt = async (address: string, sign: string): Promise<Page> => {
    const { page } = opened
    await page.goto(studio.origin + address)
    await page.locator(sign).first().waitFor()
    return page
  }
  /** Its frames, which have one size. */
  const filmOf = async (page: Page, name = 'Film'): Promise<Buffer[]> => {
    await page.getByRole('button', { name: 'Export', exact: true }).first().click()
    await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('dialog').getByRole('button', { name, exact: true }).click(),
    ])
    const frames = (unpackFrames(film) ?? []).map(frame => Buffer.from(frame))
    const sizes = await Promise.all(frames.map(frame => sharp(frame).metadata()))
    expect(new Set(sizes.map(({ width, height }) => `${width} ${height}`)).size).toBe(1)
    expect(opened.complaints).toEqual([])
    return frames
  }
  /** How many neighbours differ: where something moves. */
  const changes = (frames: readonly Buffer[]): number =>
    frames.slice(1).filter((frame, at) => !frame.equals(frames[at])).length

  it.runIf(complete)('of maps goes from one to the other and back', async () => {
    const frames = await filmOf(await openAt('/run?run=maps', '.dots canvas'))
    expect(frames.length).toBe(84)
    expect(changes(frames)).toBeGreaterThan(40)
  })

  it('of maps shows them in turn', async () => {
    const frames = await filmOf(await openAt('/run?run=maps', '.dots canvas'), 'Flicker')
    expect(frames.length).toBe(10)
    expect(frames[0].equals(frames[2])).toBe(true)
    expect(frames[0].equals(frames[1])).toBe(false)
  })

  it.runIf(complete)('of maps goes over the strengths of their tie', async () => {
    const frames = await filmOf(await openAt('/run?run=maps', '.dots canvas'), 'Strengths')
    expect(frames.length).toBe(drawnMaps(300).strengths.length * 14 + 12)
    expect(changes(frames)).toBeGreaterThan(8)
  })

  it('of neighbours shows what each epoch finds for the same images', async () => {
    const page = await openAt('/run?run=emb&tab=retrieval&epoch=1', '.retrieval img')
    const frames = await filmOf(page)
    expect(frames.length).toBe(5)
    expect(changes(frames)).toBe(2)
    // The view itself stays where it was.
    expect(await page.locator('.epoch-slider output').textContent()).toBe('epoch 1')
    expect(await page.locator('.off-page').count()).toBe(0)
  })

  it('of curves draws them along their axes', async () => {
    const frames = await filmOf(await openAt('/run?run=emb', '.curves path[d^=M]'))
    expect(frames.length).toBe(48)
    expect(changes(frames)).toBeGreaterThan(30)
    const [first, last] = await Promise.all([frames[0], frames[47]].map(frame => sharp(frame).stats()))
    // Curves and their values are ink on a light page.
    expect(first.channels[0].mean).toBeGreaterThan(last.channels[0].mean)
  })

  it('of a lens at several epochs shows their figures', async () => {
    const frames = await filmOf(await openAt('/run?run=cam-5', '.epoch-slider'))
    expect(frames.length).toBe(lookedAt.length + 2)
    const { data } = await sharp(frames[0]).raw().toBuffer({ resolveWithObject: true })
    let orange = 0
    for (let at = 0; at < data.length; at += 3)
      if (data[at] > 230 && Math.abs(data[at + 1] - 165) < 20 && data[at + 2] < 30) orange++
    expect(orange).toBeGreaterThan(80_000)
  })

  it('of what a job makes is what was seen of it, in the size that it has at last', async () => {
    const page = await openAt('/job?job=job-1', '.previews img')
    for (const version of [2, 3]) {
      await isShown(page, version - 1)
      studio.emit('progress', { job: 'job-1', stages: [], previews: [previewOf(version)], notes: [] })
    }
    await isShown(page, 3)
    const frames = await filmOf(page)
    expect(frames.length).toBe(3 + 12)
    expect(changes(frames)).toBe(2)
    expect((await sharp(frames[0]).metadata()).width).toBe(48)
  })
})
