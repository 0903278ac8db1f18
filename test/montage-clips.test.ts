/**
 * Clips of real people who speak, tiled into a montage with known lags, through the whole pipeline: tiles, shifts, faces;
 * and of people who say different things nothing is found in common.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWork } from '../src/base/work.ts'
import { type FaceDetector, openFaceDetector } from '../src/data/video/faces.node.ts'
import { describeVideo, framesOf } from '../src/data/video/ffmpeg.node.ts'
import { splitMontage } from '../src/data/video/montage.node.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { glasshouse } from './command-line.ts'
import { gate } from './thorough.ts'

const shared = new URL('../../shared/data/', import.meta.url).pathname
const model = `${shared}face_models/ultraface/version-RFB-320.onnx`
const isHere = existsSync(model) && spawnSync('ffmpeg', ['-version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-clips-'))
const clips = isHere
  ? readdirSync(`${shared}videos/grid/mp4`).map(name => `${shared}videos/grid/mp4/${name}`)
  : []

/** Clips side by side in rows of three, each held still for `lag` frames before it begins. */
function tile(path: string, chosen: readonly number[], lags: readonly number[]): void {
  const inputs = chosen.flatMap(clip => ['-i', clips[clip]])
  const held = lags.map(
    (lag, k) =>
      `[${k}:v]tpad=start=${lag}:stop=${20 - lag}:start_mode=clone:stop_mode=clone,setpts=N/25/TB[v${k}]`,
  )
  const names = (from: number) => [0, 1, 2].map(k => `[v${from + k}]`).join('')
  const filters = [...held, `${names(0)}hstack=3[a]`, `${names(3)}hstack=3[b]`, '[a][b]vstack=2[out]'].join(
    ';',
  )
  const words = [
    ...inputs,
    '-filter_complex',
    filters,
    '-map',
    '[out]',
    '-c:v',
    'libx264',
    '-crf',
    '20',
    path,
  ]
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...words])
  if (status !== 0) throw new Error(String(stderr))
}

describe.skipIf(!gate || !isHere)(
  'a montage of real clips (skipped without ../shared/data or ffmpeg)',
  () => {
    let detector: FaceDetector
    const options = { fps: 4, size: 64, reach: 0.8, align: true }
    const work = createWork()
    beforeAll(async () => {
      detector = await openFaceDetector(await createEngine({ threads: 1 }), model)
      tile(join(folder, 'twice.mp4'), [0, 1, 3, 0, 1, 3], [0, 0, 0, 10, 5, 8])
      tile(join(folder, 'speech.mp4'), [2, 4, 5, 6, 7, 8], [0, 6, 12, 3, 9, 0])
    }, 60_000)

    it('has its tiles, its faces, and the lags of those who do the same', async () => {
      const { grid, tiles, rows } = await splitMontage(
        ...([join(folder, 'twice.mp4'), 'twice', folder, { ...options, detector }, work] as const),
      )
      expect(grid).toEqual({ rows: 2, columns: 3 })
      const pairs = [3, 4, 5].map(at => tiles[at].shift.lag - tiles[tiles[at].shift.behind].shift.lag)
      for (const [at, lag] of [10, 5, 8].entries()) {
        expect(tiles[at + 3].shift.behind, `tile ${at + 4}`).toBe(at)
        expect(Math.abs(pairs[at] - lag), `tile ${at + 4}`).toBeLessThanOrEqual(1)
      }
      for (const { faces } of tiles) expect(faces).toBeGreaterThan(0.95)
      expect(rows.length).toBeGreaterThan(6 * 10)
      // A second look: the face is in the middle of what was kept.
      const { readPicture } = await import('../src/data/decode.node.ts')
      for (const { path } of rows.filter((_, at) => at % 17 === 0)) {
        const face = await detector.detect(await readPicture(join(folder, path)))
        expect(face, path).toBeDefined()
        expect(Math.hypot(face!.x - 32, face!.y - 32), path).toBeLessThan(10)
      }
    }, 60_000)

    it('of people who say different things has no shifts, and no consensus', async () => {
      const out = join(folder, 'speech')
      const split = await glasshouse(
        ...['montage', join(folder, 'speech.mp4'), '--faces', model, '--fps', '12', '--reach', '0.8'],
        ...['--size', '40', '--threads', '1', '--json', '--out', out],
      )
      const { metrics } = JSON.parse(split.stdout)
      expect(metrics).toMatchObject({ tiles: 6, withoutFace: 0, shifts: [0, 0, 0, 0, 0, 0] })
      expect(metrics.shiftsFound).toEqual([true, false, false, false, false, false])
      const learned = await glasshouse(
        ...['reactions', out, '--size', '32', '--epochs', '3', '--apart', '0.4', '--within', '0.1'],
        ...['--threads', '1', '--json', '--out', join(folder, 'reactions')],
      )
      const found = JSON.parse(learned.stdout).metrics
      expect(found.videos[0].consensus.isAbove).toBe(false)
      expect(found.recall - found.chance).toBeLessThan(0.1)
    }, 120_000)

    it('without faces is refused, and nothing is left', async () => {
      const path = join(folder, 'noise.mp4')
      spawnSync('ffmpeg', [...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x240:d=3', path]])
      const video = await describeVideo(path)
      for await (const frame of framesOf(video, {
        ...{ filters: '[in]format=rgb24[out]', width: 320, height: 240, channels: 3, most: 1 },
      }))
        expect(frame.length).toBe(3 * 320 * 240)
      const run = splitMontage(
        path,
        'noise',
        folder,
        { ...options, grid: { rows: 1, columns: 1 }, detector },
        work,
      )
      await expect(run).rejects.toMatchObject({ code: 'faces-none' })
      expect(readdirSync(folder).filter(name => name.startsWith('noise.') || name === 'noise')).toEqual([
        'noise.mp4',
      ])
    }, 60_000)
  },
)
