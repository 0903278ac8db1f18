/** What is taken away from the page: images, drawings, pages that open with the network cut off. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Download, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleRecord } from '../../src/runs/fixtures/record.ts'
import { browserMissing } from '../browser.ts'
import { gate } from '../thorough.ts'
import {
  drawnData,
  drawnDetail,
  drawnDuplicates,
  drawnImage,
  drawnJob,
  drawnMaps,
  drawnPage,
  drawnRetrieval,
  drawnRuns,
  drawnTriplets,
} from './drawn.ts'
import { type FakeStudio, fakeStudio, Raw } from './fake-server.ts'
import { type Opened, openPage, seriousFaults } from './open.ts'

const folder = mkdtempSync(join(tmpdir(), 'exported-'))
const steps = Array.from({ length: 40 }, (_, step) => ({
  kind: 'step' as const,
  epoch: 1 + Math.floor(step / 20),
  step,
  loss: 2 / (1 + step),
  rate: 0.1,
}))
const epochs = [0, 1, 2].map(epoch => ({
  kind: 'epoch' as const,
  epoch,
  step: 20 * epoch,
  seconds: 1,
  loss: 2 - epoch / 2,
  recall: { '1': 0.3 + epoch / 5 },
}))
const training = (name: string) => ({
  ...drawnDetail(name, 'train'),
  line: `glasshouse train seedlings --objective ep --seed ${name.length}`,
  record: exampleRecord({ objective: 'ep', head: { kind: 'embedding', dim: 64 } }),
  epochs,
  triplets: [0, 1, 2].map(epoch => ({ epoch, split: 'test' as const })),
  embeddings: [0, 1, 2].map(epoch => ({ epoch, split: 'test' as const })),
})

const runs = drawnRuns(300)

/** Every third of sixty images is taken for another class. */
const predictions = {
  classes: ['ash', 'oak'],
  split: 'test' as const,
  data: '/home/ada/seedlings',
  items: Array.from({ length: 60 }, (_, at) => ({
    path: `test/ash/${at}.png`,
    truth: 0,
    predicted: at % 3 ? 0 : 1,
    probability: 0.5 + at / 200,
  })),
}

/** The cells of a .csv, as other programs read it. */
const rowsOf = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\r\n')
    .map(row =>
      [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
      ),
    )

describe.skipIf(!gate || browserMissing)('exported views (skipped where there is no Chromium)', () => {
  let studio: FakeStudio
  let opened: Opened
  beforeAll(async () => {
    studio = fakeStudio({
      '/api/run': ask => {
        const run = ask.get('run') ?? ''
        return run === 'maps'
          ? { ...drawnDetail(run, 'tsne'), line: 'glasshouse tsne drawn@0:test drawn@8:test' }
          : run === 'net'
            ? {
                ...training(run),
                confusion: {
                  classes: predictions.classes,
                  split: predictions.split,
                  cells: [
                    { truth: 0, predicted: 0, count: 40 },
                    { truth: 0, predicted: 1, count: 20 },
                  ],
                },
                record: exampleRecord({ head: { kind: 'classes', classes: ['ash', 'oak'] } }),
              }
            : training(run)
      },
      '/api/run/log': () => ({ epochs, steps, ofSteps: steps.length, next: 0 }),
      '/api/job/preview': () => new Raw('image/svg+xml', Buffer.from(drawnImage('dream'))),
      '/api/run/maps': () => drawnMaps(300),
      '/api/runs': () => ({ runs }),
      '/api/run/predictions': () => predictions,
      '/api/run/retrieval': drawnRetrieval,
      '/api/data': () => drawnData(5000),
      '/api/data/images': ask => drawnPage(5000, ask),
      '/api/data/duplicates': () => drawnDuplicates,
      '/api/tags': () => ({ tags: [] }),
      '/api/run/triplets': ask => drawnTriplets(ask.get('run') ?? '', 200, 3),
      '/api/image/thumb': ask => new Raw('image/svg+xml', Buffer.from(drawnImage(ask.get('path') ?? ''))),
    })
    studio.jobs = [
      drawnJob({ previews: [{ name: 'dream', kind: 'image', version: 1, width: 64, height: 64 }] }),
    ]
    opened = await openPage('about:blank')
  })
  afterAll(async () => {
    await opened?.close()
    studio?.close()
  })

  const take = async (page: Page, form: string): Promise<string> => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('dialog').getByRole('button', { name: form, exact: true }).click(),
    ])
    return saved(file)
  }
  const saved = async (file: Download): Promise<string> => {
    const path = join(folder, file.suggestedFilename())
    await file.saveAs(path)
    return path
  }
  const openExport = async (address: string, sign: string): Promise<Page> => {
    const { page } = opened
    await page.goto(studio.origin + address)
    await page.locator(sign).first().waitFor()
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    return page
  }
  /** The file in a browser that can reach nothing. */
  const alone = async (path: string) => {
    const other = await openPage('about:blank')
    await other.page.context().setOffline(true)
    await other.page.goto(pathToFileURL(path).href)
    return other
  }

  it('maps: PNG, SVG, a page that works offline', async () => {
    const page = await openExport('/run?run=maps&colour=field:split', '.dots canvas')
    await page.getByText('glasshouse tsne drawn@0:test drawn@8:test').waitFor()
    const png = await sharp(await take(page, 'PNG')).stats()
    // A light page with dots of several colours on it.
    expect(png.channels[0].mean).toBeGreaterThan(200)
    expect(png.channels[0].stdev).toBeGreaterThan(3)
    const svg = readFileSync(await take(page, 'SVG'), 'utf8')
    const shapes = svg.match(/ d="M[^"]*h0"/g)?.join('') ?? ''
    expect(shapes.match(/h0/g)?.length).toBe(2 * 300)
    expect(svg).toContain('coloured by split')
    expect((await sharp(Buffer.from(svg)).metadata()).width).toBeGreaterThan(1000)
    const html = await take(page, 'Page')

    const { page: other, complaints, close } = await alone(html)
    await other.locator('.dots canvas').nth(3).waitFor()
    await other.getByRole('button', { name: 'train', exact: true }).waitFor()
    await other.getByText('one into the other').click()
    await other.getByLabel('from the first map to the last').fill('1')
    await other.locator('figcaption', { hasText: 'epoch 8' }).waitFor()
    await other.getByLabel('strength of the tie').fill('2')
    await other.getByText('λ 1', { exact: true }).waitFor()
    const box = await other.locator('.dots canvas').last().boundingBox()
    if (!box) throw new Error('the map is not to be seen')
    // Somewhere on the way an image lies under the pointer.
    for (let share = 0; share < 1 && !(await other.locator('.hover-card img').count()); share += 0.02)
      await other.mouse.move(box.x + box.width * share, box.y + box.height * (0.15 + 0.7 * share))
    expect(await other.locator('.hover-card img').getAttribute('src')).toMatch(/^data:image/)
    expect(await seriousFaults(other)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  it('hostile names are text in the page and in the drawing', async () => {
    const hostile = '</script><img src=x onerror="alert(1)"><script>alert(2)</script>\u0007&<b>\u2028'
    const calm = studio.answers['/api/run/maps']
    studio.answers['/api/run/maps'] = () => {
      const maps = drawnMaps(300)
      const rename = (texts: readonly string[]) => texts.map(text => (text.includes('oak') ? hostile : text))
      return {
        ...maps,
        labels: rename(maps.labels),
        paths: maps.paths.map(path => path.replace('oak', hostile)),
      }
    }
    const page = await openExport('/run?run=maps', '.class-legend li')
    const svg = readFileSync(await take(page, 'SVG'), 'utf8')
    // A parser of XML takes it as it is, and finds no element but those of the drawing.
    expect((await sharp(Buffer.from(svg)).metadata()).format).toBe('svg')
    expect(svg).not.toMatch(/<(img|script|b)\b/)
    const other = await alone(await take(page, 'Page'))
    await other.page.locator('.class-legend', { hasText: 'onerror' }).waitFor()
    expect(await other.page.locator('img[src=x], .class-legend b').count()).toBe(0)
    expect(other.complaints).toEqual([])
    await other.close()
    studio.answers['/api/run/maps'] = calm
  })

  it('triplets and curves: the epochs move and the curves are read, offline and on a telephone', async () => {
    const page = await openExport('/run?run=emb&tab=triplets&epoch=1', '.dots canvas')
    await page.getByText('glasshouse triplets runs/emb').waitFor()
    expect(readFileSync(await take(page, 'SVG'), 'utf8')).toContain('nearest of the same class')
    const triplets = await alone(await take(page, 'Page'))
    await triplets.page.getByText('epoch 1 ·').waitFor()
    await triplets.page.getByLabel('the next epoch').click()
    await triplets.page.getByText('epoch 2 ·').waitFor()
    expect(triplets.complaints).toEqual([])
    await triplets.close()

    await openExport('/run?run=emb', '.curves path[d^=M]')
    const drawing = readFileSync(await take(page, 'SVG'), 'utf8')
    expect(drawing).toContain('glasshouse train seedlings')
    // Colours are those of the page, not its variables, so that other programs can draw them.
    expect(drawing).not.toContain('var(')
    expect((await sharp(Buffer.from(drawing)).png().toBuffer()).length).toBeGreaterThan(5000)
    expect((await sharp(await take(page, 'PNG')).metadata()).format).toBe('png')
    const curves = await alone(await take(page, 'Page'))
    await curves.page.setViewportSize({ width: 390, height: 844 })
    await curves.page.locator('.curves path[d^=M]').first().waitFor({ state: 'attached' })
    const wide = await curves.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    expect(curves.complaints).toEqual([])
    await curves.close()
  })

  it('neighbours: framed by their classes in the drawing, and the epochs move offline', async () => {
    const page = await openExport('/run?run=emb&tab=retrieval&epoch=2', '.retrieval img')
    const svg = readFileSync(await take(page, 'SVG'), 'utf8')
    const { queries } = drawnRetrieval(new URLSearchParams('run=emb&split=test&epoch=2&from=0&count=12'))
    const images = queries.length + queries.reduce((sum, { found }) => sum + found.length, 0)
    expect(svg.match(/<image /g)?.length).toBe(images)
    const [good, bad] = await page.evaluate(() =>
      ['.good', '.bad'].map(kind => {
        const image = document.querySelector(`.retrieval ${kind} img`)
        return image ? getComputedStyle(image).outlineColor : 'none'
      }),
    )
    expect(good).not.toBe('none')
    const right = queries.flatMap(({ label, found }) => found.filter(one => one.label === label)).length
    expect(svg.split(`fill="${good}"`).length - 1).toBe(right)
    expect(svg.split(`fill="${bad}"`).length - 1).toBe(images - queries.length - right)
    const png = await sharp(await take(page, 'PNG')).metadata()
    expect(png.width).toBeGreaterThan(1000)
    const sheets = () => studio.asked.filter(line => line.includes('/api/run/retrieval')).length
    const askedBefore = sheets()
    const { page: other, complaints, close } = await alone(await take(page, 'Page'))
    // Each is asked for once: for its images and for the file.
    expect(sheets() - askedBefore).toBe(epochs.length)
    await other.locator('.retrieval img').first().waitFor()
    const before = await other.locator('.retrieval .good').count()
    await other.getByLabel('the epoch before').click()
    await other.getByText('epoch 1', { exact: true }).waitFor()
    await expect.poll(() => other.locator('.retrieval .good').count()).not.toBe(before)
    expect(await other.locator('.retrieval img').last().getAttribute('src')).toMatch(/^data:image/)
    expect(complaints).toEqual([])
    await close()
  })

  it('mistakes, framed, and all of them offline', async () => {
    const page = await openExport('/run?run=net&tab=images', '.image-grid img')
    const svg = readFileSync(await take(page, 'SVG'), 'utf8')
    const frame = await page.evaluate(() => {
      const button = document.querySelector('.tile.bad > button')
      return button ? getComputedStyle(button).boxShadow.split(')')[0] : 'none'
    })
    expect(svg.split(`fill="${frame})"`).length - 1).toBe(20)
    const { page: other, complaints, close } = await alone(await take(page, 'Page'))
    await other.locator('.tile.bad img[src^="data:image"]').first().waitFor()
    await other.getByRole('button', { name: /^all/ }).click()
    await other.getByText('showing 60 of 60 test images').waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it('images of a data set, and near-duplicates', async () => {
    const page = await openExport('/data?data=/home/ada/seedlings', '.image-grid img')
    const shown = await page.locator('.image-grid img').count()
    expect(readFileSync(await take(page, 'SVG'), 'utf8').match(/<text /g)?.length).toBe(shown + 2)
    const grid = await alone(await take(page, 'Page'))
    await grid.page.getByText('showing 1,500 of 5,000 images').waitFor()
    await grid.page.locator('.image-grid img[src^="data:image"]').first().waitFor()
    expect(grid.complaints).toEqual([])
    await grid.close()

    await openExport('/data?data=/home/ada/seedlings&twins=1', '.duplicates img')
    expect(readFileSync(await take(page, 'SVG'), 'utf8')).toContain('in train and test')
    const twins = await alone(await take(page, 'Page'))
    expect(await twins.page.locator('.duplicates img[src^="data:image"]').count()).toBe(5)
    expect(twins.complaints).toEqual([])
    await twins.close()
  })

  it('the table of runs as it is filtered, and all of them offline', async () => {
    const page = await openExport('/runs?q=cars', 'table.runs tbody tr[aria-rowindex]')
    const first = await page.locator('table.runs tbody .c-name a').first().textContent()
    const svg = readFileSync(await take(page, 'SVG'), 'utf8')
    expect(svg).toContain(first)
    expect(svg).toContain('glasshouse runs /home/ada/runs')
    expect((await sharp(await take(page, 'PNG')).metadata()).width).toBeGreaterThan(1000)
    const { page: other, complaints, close } = await alone(await take(page, 'Page'))
    await other.getByLabel(/Filter the runs/).fill('')
    await other.getByText('300 runs', { exact: true }).waitFor()
    await other.getByRole('button', { name: 'Score' }).click()
    expect(await other.locator('table.runs tbody tr[aria-rowindex]').count()).toBeGreaterThan(5)
    expect(complaints).toEqual([])
    await close()
  })

  it('the table of runs as rows for other programs, of what is shown and in its order', async () => {
    const page = await openExport('/runs?q=cars&sort=-score', 'table.runs tbody tr[aria-rowindex]')
    const [columns, ...rows] = rowsOf(await take(page, 'CSV'))
    expect(columns.slice(0, 5)).toEqual(['run', 'command', 'objective', 'net', 'data'])
    const wanted = runs.filter(({ data }) => data?.includes('cars'))
    expect(rows.length).toBe(wanted.length)
    const scores = rows.map(row => Number(row[columns.indexOf('score')]))
    expect(scores).toEqual(wanted.map(({ score = 0 }) => score).sort((a, b) => b - a))
  })

  it('the list of jobs: how far each is, its line, and nothing that goes on offline', async () => {
    const calm = studio.jobs
    const hostile = 'glasshouse cam "</script><img src=x onerror=alert(1)>"'
    const began = Date.now() - 65_000
    studio.jobs = [
      drawnJob({ id: 'a', run: 'train-2', created: began, started: began }),
      drawnJob({
        ...{ id: 'b', run: 'cam-1', command: 'cam', line: hostile, state: 'failed', stages: [] },
        ...{ started: began, ended: began + 2500, error: { code: 'usage', message: 'no such class' } },
      }),
      drawnJob({
        id: 'c',
        run: 'dream-1',
        command: 'dream',
        state: 'waiting',
        started: undefined,
        stages: [],
      }),
    ]
    const page = await openExport('/jobs', '.jobs li')
    const svg = readFileSync(await take(page, 'SVG'), 'utf8')
    for (const word of [
      'train-2',
      '2 of 6',
      'no such class',
      'waits since',
      'glasshouse studio /home/ada/runs',
    ])
      expect(svg).toContain(word)
    expect(svg).not.toMatch(/<img|>Stop<|>Go on</)
    // Of the bar, a third is done.
    const done = await page.locator('progress').evaluate(bar => getComputedStyle(bar).color)
    const boxes = [...svg.matchAll(/<rect [^>]*width="([\d.]+)" height="5" fill="([^"]+)"/g)]
    expect(boxes.map(([, , colour]) => colour)).toContain(done)
    expect(Number(boxes[1][1]) / Number(boxes[0][1])).toBeCloseTo(1 / 3, 2)
    expect((await sharp(await take(page, 'PNG')).metadata()).width).toBeGreaterThan(1000)
    const [columns, ...rows] = rowsOf(await take(page, 'CSV'))
    expect(rows.map(row => row[columns.indexOf('state')])).toEqual(['running', 'failed', 'waiting'])
    expect(rows[1][columns.indexOf('seconds')]).toBe('2.5')
    expect(rows[1][columns.indexOf('line')]).toBe(hostile)
    const { page: other, complaints, close } = await alone(await take(page, 'Page'))
    await other.getByText('train-2').waitFor()
    const times = () => other.locator('.job-head .small').first().textContent()
    const before = await times()
    await other.waitForTimeout(1200)
    expect(await times()).toBe(before)
    expect(await other.getByRole('button', { name: /Stop|Go on/ }).count()).toBe(0)
    expect(await seriousFaults(other)).toEqual([])
    expect(complaints).toEqual([])
    await close()
    studio.jobs = calm
  })

  it('what lenses found, as cards with their images, of all runs and of one', async () => {
    const calm = { runs: studio.answers['/api/runs'], run: studio.answers['/api/run'] }
    const found = (command: string, at: number) => ({
      ...{ name: `${command}-${at}`, command, state: 'finished', curve: [], changed: Date.UTC(2026, 5, at) },
      sources: ['runs/net@2'],
    })
    const results = [found('cam', 3), found('dream', 2), found('cam', 1)]
    const detailOf = (run: string) => ({
      ...drawnDetail(run, run.split('-')[0]),
      files: [{ name: 'sheet.png', bytes: 9, type: 'image/png', url: `/files/${run}/sheet.png` }],
    })
    studio.answers['/api/runs'] = () => ({ runs: [...results, ...runs.slice(0, 3)] })
    studio.answers['/api/run'] = ask => {
      const run = ask.get('run') ?? ''
      return run === 'net'
        ? {
            ...training(run),
            lenses: results.map(({ name, command, changed }) => ({ run: name, command, changed })),
          }
        : detailOf(run)
    }
    const page = await openExport('/lenses?kind=cam', '.cards img')
    const svg = readFileSync(await take(page, 'SVG'), 'utf8')
    expect(svg.match(/<image /g)?.length).toBe(2)
    for (const word of ['2 results of cam', 'cam-3', 'glasshouse runs /home/ada/runs'])
      expect(svg).toContain(word)
    const [columns, ...rows] = rowsOf(await take(page, 'CSV'))
    expect(rows.map(row => row[0])).toEqual(['cam-3', 'cam-1'])
    expect(rows[0][columns.indexOf('looks at')]).toBe('runs/net@2')
    const all = await alone(await take(page, 'Page'))
    // The filter can be taken off: the file holds what it hides.
    await all.page.getByRole('button', { name: /^cam/ }).click()
    await all.page.locator('.cards img[src^="data:image"]').nth(2).waitFor()
    expect(await seriousFaults(all.page)).toEqual([])
    expect(all.complaints).toEqual([])
    await all.close()

    await openExport('/run?run=net&tab=lenses', '.cards img')
    expect(rowsOf(await take(page, 'CSV')).length).toBe(4)
    const one = await alone(await take(page, 'Page'))
    await one.page.locator('.cards img[src^="data:image"]').nth(2).waitFor()
    expect(one.complaints).toEqual([])
    await one.close()
    Object.assign(studio.answers, { '/api/runs': calm.runs, '/api/run': calm.run })
  })

  it('the confusion matrix, with its classes and its colours', async () => {
    const { page } = opened
    await page.goto(`${studio.origin}/run?run=net&tab=images`)
    await page.getByRole('button', { name: 'Export the matrix' }).click()
    const svg = readFileSync(await take(page, 'SVG'), 'utf8')
    for (const word of ['ash', 'oak', '>40<', '>20<', '66.7 %']) expect(svg).toContain(word)
    expect(svg).not.toMatch(/oklab|color\(|var\(/)
    const { page: other, complaints, close } = await alone(await take(page, 'Page'))
    await other.getByRole('button', { name: '20 images of ash, predicted oak' }).click()
    await other.getByRole('heading', { name: 'ash, taken for oak' }).waitFor()
    // On a page that is not high, it moves so far that the images are to be seen.
    await other.getByRole('button', { name: 'All mistakes' }).click()
    await other.setViewportSize({ width: 1440, height: 420 })
    await other.evaluate(() => window.scrollTo(0, 0))
    const cell = other.getByRole('button', { name: '20 images of ash, predicted oak' })
    await cell.evaluate((button: HTMLElement) => button.click())
    await expect
      .poll(() =>
        other
          .locator('.tile img')
          .first()
          .evaluate(image => image.getBoundingClientRect().top),
      )
      .toBeLessThan(420)
    // The arrow keys go on where a click has come to the end.
    await other
      .locator('.tile > button')
      .last()
      .evaluate((button: HTMLElement) => button.click())
    const place = other.locator('.stepper span')
    for (let at = Number((await place.textContent())?.split(' ')[0]); at < 20; at++)
      await other.getByLabel('the next image').click()
    await other.keyboard.press('ArrowLeft')
    await expect.poll(() => place.textContent()).toBe('19 of 20')
    await other.keyboard.press('Escape')
    expect(await other.locator('.tile img[src^="data:image"]').count()).toBe(20)
    expect(complaints).toEqual([])
    await close()
  })

  it('why an image was mistaken: each map under its class, whatever its name is', async () => {
    const { page } = opened
    const classes = ['名前', '</b>, "x"']
    const calm = { ...studio.answers }
    const jobs = studio.jobs
    studio.answers['/api/run/predictions'] = () => ({ ...predictions, classes })
    const files = ['sheet.png', '1-0-.png', '1-0--b-x-.png']
    studio.answers['/api/run'] = (ask, ...rest) =>
      ask.get('run') === 'cam-9'
        ? {
            ...drawnDetail('cam-9', 'cam'),
            result: { ...drawnDetail('cam-9', 'cam').result, files },
            files: [...files].reverse().map(name => ({
              ...{ name, bytes: 9, type: 'image/png' },
              url: `/api/image/thumb?path=${encodeURIComponent(name)}`,
            })),
          }
        : calm['/api/run'](ask, ...rest)
    studio.jobs = [
      drawnJob({
        ...{ command: 'cam', run: 'cam-9', state: 'finished', stages: [], hasResult: true },
        asked: {
          command: 'cam',
          inputs: { model: 'runs/net', pictures: ['/home/ada/seedlings/test/ash/0.png'] },
          options: { class: [...classes].reverse().join(',') },
        },
      }),
    ]
    await page.goto(`${studio.origin}/run?run=net&tab=images&image=test/ash/0.png`)
    await page.locator('.why-image').nth(1).waitFor()
    expect(await page.locator('.why figcaption').allTextContents()).toEqual([
      'what speaks for </b>, "x"',
      'what speaks for 名前',
    ])
    const shown = await page.locator('.why-image').evaluateAll(all => all.map(one => one.getAttribute('src')))
    expect(shown.map(src => new URLSearchParams(src?.split('?')[1]).get('path'))).toEqual(files.slice(1))
    Object.assign(studio.answers, calm)
    studio.jobs = jobs
  })

  it('long names of classes stand in the matrix whole, on the page and in the drawing', async () => {
    const { page } = opened
    const long = ['Shepherd’s Purse of the stony field', 'Scentless Mayweed']
    const calm = studio.answers['/api/run']
    studio.answers['/api/run'] = (ask, ...rest) => ({
      ...Object(calm(ask, ...rest)),
      confusion: { classes: long, split: 'test', cells: [{ truth: 0, predicted: 1, count: 3 }] },
    })
    await page.goto(`${studio.origin}/run?run=net&tab=images`)
    await page.locator('table.matrix').waitFor()
    const cut = await page
      .locator('.matrix th span[title], .matrix tbody th span')
      .evaluateAll(
        all =>
          all.filter(one => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
            .length,
      )
    expect(cut).toBe(0)
    await page.getByRole('button', { name: 'Export the matrix' }).click()
    const texts = [...readFileSync(await take(page, 'SVG'), 'utf8').matchAll(/<text[^>]*>([^<]*)</g)].map(
      ([, text]) => text,
    )
    // Columns as one line each; rows as the page breaks them.
    for (const name of long) expect(texts).toContain(name)
    expect(texts.join(' ')).toContain('of the stony field')
    expect(texts.filter(text => text.includes('…'))).toEqual([])
    studio.answers['/api/run'] = calm
  })

  it('what a job makes, as it was seen to grow', async () => {
    const page = await openExport('/job?job=job-1', '.previews figcaption button')
    expect(readFileSync(await take(page, 'SVG'), 'utf8')).toContain('glasshouse train seedlings --epochs 3')
    const { page: other, complaints, close } = await alone(await take(page, 'Page'))
    const seen = await other.locator('img.growth').evaluate((image: HTMLImageElement) => image.naturalWidth)
    expect(seen).toBe(64)
    await other.getByText('glasshouse train seedlings --epochs 3').waitFor()
    expect(complaints).toEqual([])
    await close()
  })
})
