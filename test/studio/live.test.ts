import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { exampleRecord } from '../../src/runs/fixtures/record.ts'
import { browserMissing } from '../browser.ts'
import { gate } from '../thorough.ts'
import { drawnData, drawnDetail, drawnImage, drawnJob, drawnMaps, drawnPage, drawnRuns } from './drawn.ts'
import { type FakeStudio, fakeStudio, Raw } from './fake-server.ts'
import { openPage } from './open.ts'

const images = 4000
const runs = drawnRuns(12)
const { maps } = drawnMaps(400)

/** Answers that come when they are let go. */
function holding() {
  let open = () => {}
  const passed = new Promise<void>(done => {
    open = done
  })
  return { open, passed }
}

/** The result of a lens that looked at one epoch of `runs/emb`. */
const looked = (epoch: number) => {
  const detail = drawnDetail(`cam-${epoch}`, 'cam')
  return { ...detail, result: { ...detail.result, parameters: { model: `runs/emb@${epoch}` } } }
}

describe.skipIf(browserMissing)('what changes while one looks (skipped where there is no Chromium)', () => {
  let studio: FakeStudio
  let versions: number[] = []
  let held = holding()
  beforeAll(() => {
    studio = fakeStudio({
      '/api/runs': () => ({ runs }),
      '/api/run': ask => {
        const run = ask.get('run') ?? ''
        if (run === 'maps') return drawnDetail(run, 'tsne')
        if (run === 'emb')
          return {
            ...drawnDetail(run, 'train'),
            lenses: [2, 5].map(epoch => ({ run: `cam-${epoch}`, command: 'cam', changed: epoch, epoch })),
          }
        return run.startsWith('cam-') ? looked(Number(run.slice(4))) : undefined
      },
      '/api/run/maps': () => drawnMaps(400),
      '/api/data': () => drawnData(images),
      '/api/data/images': ask => drawnPage(images, ask),
      '/api/image/thumb': ask => new Raw('image/svg+xml', Buffer.from(drawnImage(ask.get('path') ?? ''))),
      '/api/job/preview': async ask => {
        versions.push(Number(ask.get('version')))
        if (versions.length === 1) await held.passed
        return { x: maps[0].x, y: maps[0].y }
      },
    })
  })
  beforeEach(() => {
    held = holding()
  })
  afterAll(() => studio?.close())

  it.runIf(gate)('a run shows no curves before its log has come, and no mark off their axes', async () => {
    const record = {
      ...exampleRecord({ head: { kind: 'embedding', dim: 64 } }),
      best: { epoch: 8, metric: 'recall', value: 0.5 },
    }
    const epochs = [0, 1].map(epoch => ({
      kind: 'epoch',
      epoch,
      step: epoch,
      seconds: 1,
      loss: 2,
      recall: { '1': 0.5 },
    }))
    const calm = studio.answers['/api/run']
    studio.answers['/api/run'] = () => ({ ...drawnDetail('cut', 'train'), record })
    studio.answers['/api/run/log'] = async () => {
      await held.passed
      return { epochs, steps: [], ofSteps: 0, next: 0 }
    }
    const { page, complaints, close } = await openPage(`${studio.origin}/run?run=cut`)
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
    expect(await page.getByText('nothing yet').count()).toBe(0)
    expect(await page.locator('.waiting').count()).toBe(1)
    held.open()
    await page.locator('.curves path[d^=M]').first().waitFor({ state: 'attached' })
    // Its best epoch is one that its log does not reach.
    expect(await page.locator('.curves .mark').count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
    studio.answers['/api/run'] = calm
  })

  it.runIf(gate)('the list of runs stays while the new one comes, and is then the new one', async () => {
    const { page, close } = await openPage(`${studio.origin}/data`)
    await page.getByText('seedlings').first().waitFor()
    const before = studio.asked.filter(line => line === 'GET /api/runs').length
    studio.answers['/api/runs'] = async () => {
      await held.passed
      return { runs: runs.map(run => ({ ...run, data: '/home/ada/orchids' })) }
    }
    studio.noteRuns()
    await expect.poll(() => studio.asked.filter(line => line === 'GET /api/runs').length).toBe(before + 1)
    expect(await page.locator('.waiting').count()).toBe(0)
    expect(await page.getByText('seedlings').first().isVisible()).toBe(true)
    held.open()
    await page.getByText('orchids').first().waitFor()
    // What happens while the connection is lost is seen as soon as it is back.
    studio.answers['/api/runs'] = () => ({ runs: runs.map(run => ({ ...run, data: '/home/ada/ferns' })) })
    studio.cut()
    studio.noteRuns()
    await page.getByText('ferns').first().waitFor()
    // Another view has it at once.
    studio.answers['/api/runs'] = () => new Promise(() => {})
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.waitForSelector('table.runs tbody tr[aria-rowindex]')
    studio.answers['/api/runs'] = () => ({ runs })
    await close()
  })

  it.runIf(gate)('images in sight come after the class changes far down the page', async () => {
    const { page, close } = await openPage(`${studio.origin}/data?data=/home/ada/seedlings&size=small`)
    await page.waitForSelector('.image-grid img')
    // Less of the set than one class has, and more than its first page.
    await page.locator('.image-grid').evaluate(grid => window.scrollTo(0, grid.scrollHeight * 0.07))
    await page.waitForSelector('[data-index="280"] img')
    await page.getByLabel('class', { exact: true }).evaluate(select => {
      if (!(select instanceof HTMLSelectElement)) throw new Error('it is no list of classes')
      select.value = 'oak'
      select.dispatchEvent(new Event('change', { bubbles: true }))
    })
    await page.waitForSelector('[data-index="280"] img[alt$="oak"]')
    await close()
  })

  it.runIf(gate)('an image that cannot be had is an empty square, which says so', async () => {
    const thumb = studio.answers['/api/image/thumb']
    studio.answers['/api/image/thumb'] = ask =>
      ask.get('path')?.includes('oak') ? undefined : thumb(ask, 0, Buffer.alloc(0))
    const { page, close } = await openPage(`${studio.origin}/data?data=/home/ada/seedlings`)
    const missing = page.locator('.image-grid img[alt$="oak"]').first()
    await expect.poll(() => missing.getAttribute('title')).toMatch(/cannot be shown$/)
    expect(await missing.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1)
    const there = page.locator('.image-grid img[alt$="ash"]').first()
    expect(await there.getAttribute('title')).toBe(null)
    studio.answers['/api/image/thumb'] = thumb
    await close()
  })

  it.runIf(gate)('a map that goes on while its state is fetched is drawn as it last was', async () => {
    const preview = (version: number) => ({ name: 'map', kind: 'points' as const, version, count: 400 })
    studio.jobs = [drawnJob({ previews: [preview(1)] })]
    versions = []
    const { page, close } = await openPage(`${studio.origin}/job?job=job-1`)
    await expect.poll(() => versions).toEqual([1])
    for (const version of [2, 3])
      studio.emit('progress', {
        job: 'job-1',
        stages: [],
        previews: [preview(version)],
        notes: version === 3 ? ['nearly there'] : [],
      })
    await page.getByText('nearly there').first().waitFor()
    held.open()
    await expect.poll(() => versions).toEqual([1, 3])
    await close()
  })

  it.runIf(gate)('the epochs of a lens are one slider, by the path that its result records', async () => {
    const { page, complaints, close } = await openPage(`${studio.origin}/run?run=cam-5`)
    const slider = page.getByLabel('epoch', { exact: true })
    await slider.waitFor()
    await page.getByLabel('the epoch before').click()
    await page.getByRole('heading', { name: 'cam-2' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  it.runIf(gate)('to point at a dot moves the ring, and stamps no dot again', async () => {
    const { page, close } = await openPage(`${studio.origin}/run?run=maps`)
    const canvas = page.locator('.dots canvas:last-child').first()
    await canvas.waitFor()
    await page.waitForTimeout(300)
    await page.evaluate(() => {
      const put = CanvasRenderingContext2D.prototype.putImageData
      CanvasRenderingContext2D.prototype.putImageData = new Proxy(put, {
        apply(target, canvas, given) {
          document.body.dataset.stamped = String(Number(document.body.dataset.stamped ?? 0) + 1)
          return Reflect.apply(target, canvas, given)
        },
      })
    })
    const stamped = () => page.evaluate(() => Number(document.body.dataset.stamped ?? 0))
    const box = await canvas.boundingBox()
    if (!box) throw new Error('the map is not to be seen')
    const blank = await canvas.evaluate(one => one instanceof HTMLCanvasElement && one.toDataURL())
    const card = page.locator('.hover-card strong')
    for (let step = 1; step < 20 && (await card.count()) === 0; step++)
      await page.mouse.move(box.x + (step * box.width) / 20, box.y + box.height / 2)
    await card.waitFor()
    await page.waitForTimeout(100)
    expect(await stamped()).toBe(0)
    expect(await canvas.evaluate(one => one instanceof HTMLCanvasElement && one.toDataURL())).not.toBe(blank)
    await page.mouse.wheel(0, -200)
    await expect.poll(stamped).toBeGreaterThan(0)
    await close()
  })

  it.runIf(gate)('the camera goes off where one leaves before it is allowed', async () => {
    const { page, close } = await openPage(`${studio.origin}/tab?tab=train`)
    await page.getByRole('button', { name: 'Camera' }).waitFor()
    await page.evaluate(() => {
      const stream = document.createElement('canvas').captureStream()
      const [track] = stream.getTracks()
      navigator.mediaDevices.getUserMedia = () =>
        new Promise(allow => {
          addEventListener('allowed', () => {
            allow(stream)
            setTimeout(() => {
              document.body.dataset.camera = track.readyState
            }, 50)
          })
        })
    })
    await page.getByRole('button', { name: 'Camera' }).click()
    await page.getByRole('tab', { name: 'Map' }).click()
    await page.getByRole('button', { name: 'Camera' }).waitFor({ state: 'detached' })
    await page.evaluate(() => dispatchEvent(new Event('allowed')))
    await expect.poll(() => page.evaluate(() => document.body.dataset.camera)).toBe('ended')
    await close()
  })
})
