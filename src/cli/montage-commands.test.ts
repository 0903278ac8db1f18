/** `montage` and `reactions` as a user types them, on drawn people; and what can be wrong with a video. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { browserMissing, openTab } from '../../test/browser.ts'
import { glasshouse } from '../../test/command-line.ts'
import { gate } from '../../test/thorough.ts'
import { writeDrawnMontage } from '../data/video/drawn/montage.node.ts'
import { describeVideo, framesOf } from '../data/video/ffmpeg.node.ts'

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-montage-'))
const at = (name: string) => join(folder, name)
const ffmpeg = (...words: string[]) => {
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...words])
  if (status !== 0) throw new Error(String(stderr))
}

const drawing = {
  ...{ rows: 2, columns: 2, seconds: 40, rate: 25, side: 96, shared: true, own: 0.2, noise: 3, seed: 0 },
  lags: [0, 0.2, -0.16, 0.36],
}
const split = async (video: string, ...words: string[]) =>
  glasshouse('montage', video, '--faces', 'none', '--size', '32', '--quiet', '--json', ...words)

describe.skipIf(!hasFfmpeg || !gate)('a montage (skipped where no ffmpeg is installed)', () => {
  let made: Awaited<ReturnType<typeof split>>
  beforeAll(async () => {
    await writeDrawnMontage(at('people.mp4'), drawing)
    made = await split(at('people.mp4'), '--reach', '0.6', '--out', at('montage'))
  }, 180_000)

  it('becomes data: tiles by their seams, lags to one frame, moments as classes', () => {
    expect([made.code, made.errors]).toEqual([0, []])
    const { metrics } = JSON.parse(made.stdout)
    expect(metrics).toMatchObject({ tiles: 4, fps: 4, withoutFace: 0, shiftsFound: [true, true, true, true] })
    metrics.shifts.forEach((shift: number, tile: number) => {
      expect(Math.abs(shift - drawing.lags[tile])).toBeLessThan(1.01 / drawing.rate)
    })
    expect(metrics.videos[0]).toMatchObject({ rows: 2, columns: 2, aligned: 'motion' })
    const list = readFileSync(at('montage/labels.csv'), 'utf8').trim().split('\r\n')
    expect(list[0]).toBe('path,label')
    // The first moment at which all tiles are there: by the lags as they were found, to one frame.
    const first = -Math.min(...metrics.shifts)
    expect(list[1]).toBe(`people/tile-1/000000.jpg,people@${first.toFixed(3)}`)
    expect(list.length - 1).toBe(metrics.frames)
    expect(metrics.frames).toBe(4 * metrics.moments)
    for (const line of list.slice(1)) expect(existsSync(at(`montage/${line.split(',')[0]}`))).toBe(true)
    for (const name of ['index.html', 'motion.png'])
      expect(existsSync(at(`montage/${name}`)), name).toBe(true)
  })

  it('is taken in whatever form: turned, at 30000/1001 frames, at a rate that varies', async () => {
    const [turned, fraction, varying] = ['turned.mp4', 'fraction.mp4', 'varying.mkv'].map(at)
    ffmpeg('-i', at('people.mp4'), '-c', 'copy', '-metadata:s:v:0', 'rotate=90', turned)
    ffmpeg('-i', at('people.mp4'), '-r', '30000/1001', '-t', '4', fraction)
    ffmpeg(
      ...['-i', at('people.mp4'), '-t', '4', '-vf', "select='not(mod(n,7))+not(mod(n,3))'"],
      ...['-fps_mode', 'vfr', varying],
    )
    const upright = await describeVideo(at('people.mp4'))
    expect([upright.width, upright.height, upright.fps]).toEqual([192, 192, 25])
    expect((await describeVideo(fraction)).rate).toBe('30000/1001')
    for (const path of [fraction, varying]) {
      const { code, stdout } = await split(path, '--no-align', '--out', `${path}-split`)
      const { metrics } = JSON.parse(stdout)
      expect([code, metrics.tiles]).toEqual([0, 4])
      expect(Math.abs(metrics.moments - 16)).toBeLessThanOrEqual(1)
    }
    // What was at the left is below or above once the video is upright.
    const first = async (path: string) => {
      const video = await describeVideo(path)
      for await (const frame of framesOf(video, {
        ...{
          filters: '[in]format=gray[out]',
          width: video.width,
          height: video.height,
          channels: 1,
          most: 1,
        },
      }))
        return frame.slice()
    }
    const [straight, sideways] = [await first(at('people.mp4')), await first(turned)]
    expect(sideways!.length).toBe(straight!.length)
    const difference = (a: Uint8Array, b: Uint8Array) =>
      a.reduce((sum, value, place) => sum + Math.abs(value - b[place]), 0) / a.length
    expect(difference(straight!, sideways!)).toBeGreaterThan(10)
    const back = Uint8Array.from(straight!, (_, place) => {
      const [y, x] = [Math.floor(place / 192), place % 192]
      return sideways![x * 192 + (191 - y)]
    })
    // Which way round is up to the writer; either way is upright.
    const other = Uint8Array.from(straight!, (_, place) => {
      const [y, x] = [Math.floor(place / 192), place % 192]
      return sideways![(191 - x) * 192 + y]
    })
    expect(Math.min(difference(straight!, back), difference(straight!, other))).toBeLessThan(3)
  }, 180_000)

  it('beside another one has tiles of its own numbers', async () => {
    ffmpeg('-i', at('people.mp4'), '-t', '4', '-c', 'copy', at('four.mp4'))
    ffmpeg('-i', at('people.mp4'), '-t', '4', '-vf', 'crop=192:96:0:0', at('two.mp4'))
    const words = ['--no-align', '--faces', 'none', '--size', '16', '--quiet', '--out', at('both')]
    const { code, stdout } = await glasshouse('montage', at('two.mp4'), at('four.mp4'), ...words)
    const tiles = [...stdout.matchAll(/^\s*(two|four)\s+(\d)\s/gm)].map(([, video, tile]) => video + tile)
    expect([code, tiles]).toEqual([0, ['two1', 'two2', 'four1', 'four2', 'four3', 'four4']])
  }, 180_000)

  it('is aligned by sound where each tile has a track', async () => {
    const words = ['-f', 'lavfi', '-i', 'anoisesrc=d=20:a=0.5:seed=3']
    const beat = "volume='if(lt(mod(t*t,1.7),0.3),1,0.02)':eval=frame"
    const delays = [0, 400, 200, 600]
    const filters = delays.map((delay, k) => `[1:a]${beat},adelay=${delay}[a${k}]`).join(';')
    ffmpeg(
      ...['-i', at('people.mp4'), ...words, '-filter_complex', filters, '-map', '0:v'],
      ...delays.flatMap((_, k) => ['-map', `[a${k}]`]),
      ...['-c:v', 'copy', '-t', '20', at('sound.mkv')],
    )
    const { stdout } = await split(at('sound.mkv'), '--reach', '1', '--out', at('sound'))
    const { metrics } = JSON.parse(stdout)
    expect(metrics.videos[0].aligned).toBe('sound')
    metrics.shifts.forEach((shift: number, tile: number) => {
      expect(Math.abs(shift - delays[tile] / 1000)).toBeLessThan(1.01 / 25)
    })
  }, 180_000)

  describe('that is wrong gives one message, and leaves nothing', () => {
    beforeAll(() => {
      writeFileSync(at('broken.mp4'), readFileSync(at('people.mp4')).subarray(0, 2000))
      writeFileSync(at('text.mp4'), 'no video at all')
    })

    it.each([
      ['broken.mp4', [], 'cannot be read'],
      ['text.mp4', [], 'cannot be read'],
      ['missing.mp4', [], 'no such video'],
      ['people.mp4', ['--grid', '2x7'], 'cannot be divided into 2 rows of 7'],
      ['people.mp4', ['--grid', '3x2'], 'no seams where a grid of 3x2'],
      ['people.mp4', ['--grid', 'two'], 'not a grid'],
    ])('%s %j', async (name, words, message) => {
      const out = at(`out-${message.length}`)
      const { code, stderr, errors } = await split(at(name), ...words, '--out', out)
      expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
      expect(errors).toHaveLength(1)
      expect(existsSync(out) ? readdirSync(out) : []).toEqual([])
    })

    it('a machine without ffmpeg', async () => {
      vi.stubEnv('PATH', '')
      const { code, stderr } = await split(at('people.mp4'), '--out', at('none'))
      vi.unstubAllEnvs()
      expect([code, stderr]).toEqual([1, expect.stringContaining('apt install ffmpeg')])
      expect(existsSync(at('none')) ? readdirSync(at('none')) : []).toEqual([])
    })

    it('a detector that is none, and one that is not here', async () => {
      const model = join(import.meta.dirname, '../../test/fixtures/onnx/mobilenet_v3.onnx')
      const other = await glasshouse('montage', at('people.mp4'), '--faces', model, '--out', at('none'))
      expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('no face detector')])
      vi.stubEnv('XDG_CACHE_HOME', at('empty'))
      const absent = await glasshouse('montage', at('people.mp4'), '--out', at('none'))
      vi.unstubAllEnvs()
      expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining('weights pull ultraface')])
    })
  })

  describe('is learned from', () => {
    const recipe = '--size 16 --epochs 1 --people 2 --moments 3 --apart 1 --threads 1 --json'.split(' ')
    let ended: Awaited<ReturnType<typeof glasshouse>>
    const learn = () => glasshouse('reactions', at('montage'), ...recipe, '--out', at('reactions'))
    beforeAll(async () => {
      ended = await learn()
    }, 180_000)

    it('with people held out, and goes on where it stood', async () => {
      expect([ended.code, ended.errors]).toEqual([0, []])
      const { metrics } = JSON.parse(ended.stdout)
      expect(metrics.unseen).toBe(true)
      expect(metrics.videos[0]).toMatchObject({ video: 'people', people: 2 })
      for (const key of ['recall', 'chance', 'medianError', 'chanceError'])
        expect(Number.isFinite(metrics[key]), key).toBe(true)
      const record = JSON.parse(readFileSync(at('reactions/run/run.json'), 'utf8'))
      expect(record).toMatchObject({ status: 'finished', moments: { people: 2, moments: 3, apart: 1 } })
      const again = await learn()
      expect(JSON.parse(again.stdout).metrics).toEqual(metrics)
      for (const changed of ['--within 0.5', '--objective triplet', '--lr 0.01', '--dim 8', '--seed 3']) {
        const out = ['--out', at('reactions')]
        const other = await glasshouse('reactions', at('montage'), ...recipe, ...changed.split(' '), ...out)
        expect([other.code, other.stderr], changed).toEqual([2, expect.stringContaining('other options')])
      }
    }, 180_000)

    it('only from montages', async () => {
      const { code, stderr } = await glasshouse('reactions', join(import.meta.dirname, '../../test/fixtures'))
      expect(code).toBe(2)
      expect(stderr).toMatch(/error: /)
    })

    const devices: [string, BrowserContextOptions][] = [
      ['on a wide page', { viewport: { width: 1440, height: 900 } }],
      ['on a phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
    ]
    it.skipIf(browserMissing).each(devices)(
      'its pages are played %s',
      async (_, options) => {
        const page = await openTab({ ...options, offline: true })
        const errors: string[] = []
        page.on('pageerror', error => errors.push(error.message))
        for (const name of ['montage', 'reactions']) {
          await page.goto(`file://${at(name)}/index.html`)
          const part = (name: string) => page.locator(`[data-strip="${name}"]`)
          await part('slider').focus()
          await page.keyboard.press('End')
          const last = await part('clock').textContent()
          expect(Number.parseFloat(last!)).toBeGreaterThan(10)
          await page.keyboard.press('Home')
          expect(Number.parseFloat((await part('clock').textContent())!)).toBeLessThan(1)
          expect(await part('faces').locator('canvas').count()).toBe(name === 'montage' ? 4 : 2)
          const pixels = () =>
            part('faces')
              .locator('canvas')
              .first()
              .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
          const before = await pixels()
          const box = (await part('rows').boundingBox())!
          await page.mouse.move(box.x + 0.8 * box.width, box.y + 20)
          await page.mouse.down()
          await page.mouse.up()
          expect(Number.parseFloat((await part('clock').textContent())!)).toBeGreaterThan(6)
          expect(await pixels()).not.toBe(before)
          await part('run').click()
          expect(await part('run').textContent()).toBe('Pause')
          await part('run').click()
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(
            options.viewport!.width,
          )
        }
        expect(errors).toEqual([])
        await page.context().close()
      },
      180_000,
    )
  })
})
