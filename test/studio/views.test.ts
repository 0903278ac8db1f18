import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Asked } from '../../src/server/api.ts'
import { boundsOf, cameraOf, dotSize, nearestDot, paintDots, within } from '../../studio/parts/dots/paint.ts'
import { askedOf, faultOf, isUseful } from '../../studio/views/start/filled.ts'
import { browserMissing } from '../browser.ts'
import { gate } from '../thorough.ts'
import {
  drawnData,
  drawnDetail,
  drawnDuplicates,
  drawnForm,
  drawnImage,
  drawnJob,
  drawnLens,
  drawnMaps,
  drawnModel,
  drawnPage,
  drawnRetrieval,
  drawnRuns,
  drawnTriplets,
} from './drawn.ts'
import { type FakeStudio, fakeStudio, Raw } from './fake-server.ts'
import { openPage, seriousFaults } from './open.ts'

const images = 100_000
const embedding = {
  ...drawnDetail('emb', 'train'),
  triplets: [{ epoch: 0, split: 'test' }],
  embeddings: [0, 4, 8].map(epoch => ({ epoch, split: 'test' })),
  record: {
    net: 'small',
    objective: 'ep',
    objectiveOptions: {},
    head: { kind: 'embedding', dim: 64 },
    data: { path: '/d', classes: ['a'], images: { train: 1, test: 1 }, split: { kind: 'given' } },
    training: { epochs: 4, rate: 0.1 },
  },
}

function drawnStudio(): FakeStudio & { started: Asked[]; tagged: unknown[] } {
  const started: Asked[] = []
  const tagged: unknown[] = []
  const studio = fakeStudio({
    '/api/runs': () => ({ runs: drawnRuns(40) }),
    '/api/run': ask => {
      const run = ask.get('run') ?? ''
      return run === 'maps'
        ? drawnDetail(run, 'tsne')
        : { ...embedding, listed: { ...drawnRuns(2)[1], name: run } }
    },
    '/api/run/log': () => ({ epochs: [], steps: [], ofSteps: 0, next: 0 }),
    '/api/run/maps': () => drawnMaps(600),
    '/api/run/retrieval': drawnRetrieval,
    '/api/run/triplets': ask => drawnTriplets(ask.get('run') ?? '', 300, 5),
    '/api/image/thumb': ask => new Raw('image/svg+xml', Buffer.from(drawnImage(ask.get('path') ?? ''))),
    '/api/image': ask => new Raw('image/svg+xml', Buffer.from(drawnImage(ask.get('path') ?? ''))),
    '/api/data': () => drawnData(images),
    '/api/data/images': ask => drawnPage(images, ask),
    '/api/tags': (_, body) => {
      if (body) tagged.push(body)
      return { tags: [] }
    },
    '/api/vectors/neighbours': () => ({
      row: 0,
      neighbours: [{ row: 12, similarity: 0.98, path: 'test/ash/12.png', label: 'ash' }],
    }),
    '/api/commands': () => ({ commands: [drawnForm] }),
    '/api/command': ask => (ask.get('command') === 'dream' ? drawnLens : drawnForm),
    '/api/model': () => drawnModel,
    '/api/data/duplicates': () => drawnDuplicates,
    '/api/data/augmented': ask =>
      new Raw('image/svg+xml', Buffer.from(drawnImage(`${ask.get('epoch')}.png`))),
    '/api/weights': () => ({ weights: [], nets: [] }),
    '/api/check': () => ({ line: 'glasshouse train seedlings --epochs 3' }),
    '/api/jobs': (_, body) => {
      if (!body) return { jobs: studio.jobs }
      started.push(body as Asked)
      const job = drawnJob({ id: 'job-3' })
      studio.jobs = [job, ...studio.jobs]
      return job
    },
  })
  studio.jobs = [
    drawnJob(),
    drawnJob({ id: 'job-2', state: 'failed', error: { code: 'x', message: 'it broke' } }),
  ]
  return Object.assign(studio, { started, tagged })
}

describe('forms', () => {
  const [epochs, , , warmup] = drawnForm.options
  it('says what is wrong while one types', () => {
    expect(faultOf(epochs, '0')).toBe('1 or more')
    expect(faultOf(epochs, '2.5')).toBe('a whole number')
    expect(faultOf(epochs, 'many')).toBe('a number')
    expect(faultOf(epochs, '')).toBeUndefined()
    expect(faultOf({ type: 'list', items: { type: 'number', maximum: 3 } }, '1, 5')).toBe('5: 3 or less')
  })

  it('asks for what was filled in, in its own types', () => {
    const filled = { inputs: { data: ['seedlings'] }, options: { epochs: '3', schedule: 'constant' } }
    expect(askedOf(drawnForm, filled)).toEqual({
      command: 'train',
      inputs: { data: 'seedlings' },
      options: { epochs: 3, schedule: 'constant' },
    })
  })

  it('leaves out what would have no effect', () => {
    expect(isUseful(warmup, drawnForm, { inputs: {}, options: {} })).toBe(false)
    expect(isUseful(warmup, drawnForm, { inputs: {}, options: { schedule: 'constant' } })).toBe(true)
    const several = { ...warmup, needs: [{ input: 'data', atLeast: 2, or: { option: 'epochs', is: [3] } }] }
    expect(isUseful(several, drawnForm, { inputs: { data: ['a'] }, options: {} })).toBe(false)
    expect(isUseful(several, drawnForm, { inputs: { data: ['a'] }, options: { epochs: '3' } })).toBe(true)
    expect(isUseful(several, drawnForm, { inputs: { data: ['a', 'b'] }, options: {} })).toBe(true)
  })
})

describe('dots', () => {
  it('each is stamped where the camera puts it; what has no place is left out', () => {
    const image = new Uint32Array(20 * 20)
    const dots = {
      x: Float32Array.of(0, 3, Number.NaN),
      y: Float32Array.of(0, 0, 0),
      colour: Uint8Array.of(0, 1, 0),
      palette: Uint32Array.of(11, 22),
    }
    paintDots(image, 20, 20, dots, { x: 0, y: 0, scale: 2 }, 1)
    expect(image[10 * 20 + 10]).toBe(11)
    expect(image[10 * 20 + 16]).toBe(22)
    expect(image.filter(value => value !== 0).length).toBe(2)
  })

  it('the nearest within reach, and those within an outline', () => {
    const [x, y] = [Float32Array.of(0, 2, 5), Float32Array.of(0, 2, 5)]
    expect(nearestDot(x, y, 1.8, 2, 1)).toBe(1)
    expect(nearestDot(x, y, 3.5, 3.5, 1)).toBe(-1)
    const outline = [
      [-1, -1],
      [3, -1],
      [3, 3],
      [-1, 3],
    ] as const
    expect(within(x, y, outline)).toEqual([0, 1])
    expect(dotSize(1_000_000, 1)).toBe(1)
  })

  it('the whole is what all columns span, without what has no place', () => {
    const bounds = boundsOf([
      { x: Float32Array.of(0, 4, Number.NaN), y: Float32Array.of(1, 3, 90) },
      { x: Float32Array.of(-4), y: Float32Array.of(2) },
    ])
    expect(bounds).toEqual({ left: -4, right: 4, top: 1, bottom: 3 })
    // Room for half an image on each side.
    expect(cameraOf(bounds, 452)).toEqual({ x: 0, y: 2, scale: 50 })
    expect(cameraOf(bounds, 80)).toEqual({ x: 0, y: 2, scale: 5 })
    expect(cameraOf(boundsOf([]), 100)).toEqual({ x: 0, y: 0, scale: 1 })
  })
})

describe.skipIf(browserMissing)('the views (skipped where there is no Chromium)', () => {
  let studio: ReturnType<typeof drawnStudio>
  beforeAll(() => {
    studio = drawnStudio()
  })
  afterAll(() => studio?.close())

  const views = {
    '/start': '.commands',
    '/start?command=train&in.data=seedlings': '.augmented img',
    '/start?command=dream&in.model=runs/emb': '.layer-field',
    '/jobs': '.jobs li',
    '/job?job=job-1': 'progress',
    '/data?data=/home/ada/seedlings': '.image-grid img',
    '/data?data=/home/ada/seedlings&twins=1': '.duplicates img',
    '/run?run=maps': '.dots canvas',
    '/run?run=emb': '.curves svg',
    '/run?run=emb&tab=triplets': '.dots canvas',
    '/run?run=emb&tab=retrieval': '.retrieval img',
    '/compare?run=a&run=b': '.compare',
    '/tab': '.box',
  }

  it.runIf(gate).each(['light', 'dark'] as const)('no serious fault in any, %s', async scheme => {
    const { page, complaints, close } = await openPage(`${studio.origin}/runs`, {
      scheme,
      width: scheme === 'dark' ? 390 : 1440,
    })
    const faults: string[] = []
    for (const [address, sign] of Object.entries(views)) {
      await page.goto(`${studio.origin}${address}`)
      await page.waitForSelector(sign)
      faults.push(...(await seriousFaults(page)).map(fault => `${address}: ${fault}`))
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (wide > 0) faults.push(`${address}: stands out by ${wide} pixels`)
    }
    expect(faults).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  it.runIf(gate)('a hundred thousand images scroll, and the last is large when one asks', async () => {
    const { page, close } = await openPage(`${studio.origin}/data?data=/home/ada/seedlings`)
    await page.waitForSelector('.image-grid img')
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
    await page.waitForSelector(`[data-index="${images - 1}"] img`)
    expect(await page.locator('.tile').count()).toBeLessThan(200)
    await page.locator(`[data-index="${images - 1}"]`).click()
    await page.getByText('100,000 of 100,000').waitFor()
    await page.keyboard.press('ArrowLeft')
    await page.getByText('99,999 of 100,000').waitFor()
    await page.reload()
    await page.getByText('99,999 of 100,000').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await close()
  })

  it.runIf(gate)('on a map one points, draws around, tags and takes away', async () => {
    const { page, close } = await openPage(`${studio.origin}/run?run=maps`)
    const canvas = page.locator('.dots canvas:last-child').first()
    await canvas.waitFor()
    const box = await canvas.boundingBox()
    if (!box) throw new Error('the map is not to be seen')
    await page.getByRole('button', { name: 'Lasso' }).click()
    await around(page, box)
    await page.locator('.chosen-images h2').waitFor()
    const words = await page.locator('.chosen-images h2').textContent()
    expect(Number(/^\d+/.exec(words ?? '')?.[0])).toBeGreaterThan(20)
    await page.getByPlaceholder('tag').fill('odd')
    await page.getByRole('button', { name: 'Tag', exact: true }).click()
    await expect.poll(() => studio.tagged.length).toBe(1)
    expect(studio.tagged[0]).toMatchObject({ data: '/home/ada/seedlings', tag: 'odd' })
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export list' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('images.csv')
    await close()
  })

  it('one slider moves the triplets; the address keeps the epoch', async () => {
    const { page, close } = await openPage(`${studio.origin}/run?run=emb&tab=triplets`)
    await page.getByText('epoch 4 ·').waitFor()
    await page.getByLabel('the epoch before').click()
    await page.getByText('epoch 3 ·').waitFor()
    expect(page.url()).toContain('epoch=3')
    await page.getByLabel('epoch', { exact: true }).focus()
    await page.keyboard.press('ArrowLeft')
    await page.getByText('epoch 2 ·').waitFor()
    await close()
  })

  it.runIf(gate)('layers are picked on the drawing of the network', async () => {
    const { page, close } = await openPage(`${studio.origin}/start?command=dream&in.model=runs/emb`)
    await page.getByRole('button', { name: 'Choose layers on the drawing' }).click()
    await page.locator('.drawing button[title=stage1]').click()
    await page.locator('.drawing button[title=stem]').click()
    await page.getByLabel('close', { exact: true }).click()
    expect(await page.locator('.layer-chip').allTextContents()).toEqual(['stage1×', 'stem×'])
    await page.getByLabel('without stage1').click()
    expect(page.url()).toContain('o.layer=stem')
    await close()
  })

  it.runIf(gate)(
    'near-duplicates are chosen together, and an image shows what training sees of it',
    async () => {
      const { page, close } = await openPage(`${studio.origin}/data?data=/home/ada/seedlings`)
      await page.getByRole('button', { name: 'Near-duplicates' }).click()
      await page.getByText('2 groups, 1 of them in more than one split').waitFor()
      await page.getByRole('button', { name: 'Choose all but one of each' }).click()
      await page.getByText('3 images chosen').waitFor()
      await page.goto(`${studio.origin}/data?data=/home/ada/seedlings&at=3`)
      await page.locator('.augmented img').nth(7).waitFor()
      await page.getByLabel('augmentation').selectOption('photo')
      const source = await page.locator('.augmented img').nth(1).getAttribute('src')
      expect(source).toMatch(/augment=photo.*epoch=2$/)
      await close()
    },
  )

  it.runIf(gate)('the same slider moves what is found for the same images', async () => {
    const { page, close } = await openPage(`${studio.origin}/run?run=emb&tab=retrieval`)
    await page.locator('.retrieval li').first().waitFor()
    expect(await page.locator('.retrieval li').first().locator('.good').count()).toBe(8)
    const label = await page.locator('.retrieval .query figcaption').first().textContent()
    await page.getByLabel('epoch', { exact: true }).focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.locator('.retrieval li').first().locator('.good').count()).toBe(4)
    expect(await page.locator('.retrieval .query figcaption').first().textContent()).toBe(label)
    expect(page.url()).toContain('epoch=4')
    await close()
  })

  it.runIf(gate)('maps: colours of a field, and the strength of the tie, in the address', async () => {
    const { page, close } = await openPage(`${studio.origin}/run?run=maps`)
    await page.locator('.maps select').selectOption('split')
    await page.getByRole('button', { name: 'train', exact: true }).click()
    await page.getByLabel('strength of the tie').press('ArrowRight')
    await page.getByText('λ 1', { exact: true }).waitFor()
    expect(page.url()).toMatch(/colour=field%3Asplit&class=train&tie=1$/)
    await page.locator('.maps select').selectOption('sharpness')
    await page.locator('.scale-legend', { hasText: '3.9' }).waitFor()
    await close()
  })

  it.runIf(gate)(
    'a form starts a job, which moves as the server tells and survives a lost connection',
    async () => {
      const { page, close } = await openPage(`${studio.origin}/start?command=train`)
      await page.getByRole('button', { name: 'Start' }).click()
      await page.getByText('Still needed: data').waitFor()
      await page.getByLabel('data').fill('seedlings')
      await page.getByLabel('epochs').fill('0')
      await page.getByText('1 or more').waitFor()
      await page.getByLabel('epochs').fill('3')
      await page.getByText('glasshouse train seedlings --epochs 3').waitFor()
      await page.getByRole('button', { name: 'Start' }).click()
      await page.getByText('2 of 6').waitFor()
      expect(studio.started.at(-1)).toEqual({
        command: 'train',
        inputs: { data: 'seedlings' },
        options: { epochs: 3 },
      })
      const [stage] = drawnJob().stages
      const progress = {
        job: 'job-3',
        stages: [{ ...stage, done: 5 }],
        previews: [],
        notes: ['so far so good'],
      }
      studio.emit('progress', progress)
      await page.getByText('5 of 6').waitFor()
      await page.getByText('so far so good').waitFor()
      studio.cut()
      await page.getByText('does not answer').waitFor()
      await page.getByText('does not answer').waitFor({ state: 'detached' })
      studio.emit('job', drawnJob({ id: 'job-3', state: 'finished', stages: [], hasResult: true }))
      await page.getByRole('link', { name: 'Open the result' }).waitFor()
      await close()
    },
  )

  it.runIf(gate)('a part that is not there is the first', async () => {
    for (const [address, sign] of [
      ['/run?run=emb&tab=confusion', '.curves'],
      ['/tab?tab=none', '.tab-main select'],
    ]) {
      const { page, close } = await openPage(studio.origin + address)
      await page.locator(sign).first().waitFor()
      await close()
    }
  })

  it.runIf(gate)('the palette and the keys go everywhere', async () => {
    const { page, close } = await openPage(`${studio.origin}/runs`)
    await page.waitForSelector('tr[aria-rowindex]')
    await page.keyboard.press('g')
    await page.keyboard.press('d')
    await page.getByRole('heading', { name: 'Data' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'a view' }).fill('ephn-2')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'ephn-2', exact: true }).waitFor()
    expect(page.url()).toContain('run=ephn-2')
    await close()
  })
})

/** Draws around the whole of a map. */
async function around(
  page: Page,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
) {
  await page.mouse.move(x + 4, y + 4)
  await page.mouse.down()
  for (const [right, down] of [
    [width - 4, 4],
    [width - 4, height / 2],
    [4, height / 2],
  ])
    await page.mouse.move(x + right, y + down, { steps: 4 })
  await page.mouse.up()
}
