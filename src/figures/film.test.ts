import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { gate } from '../../test/thorough.ts'
import { temporaryName } from '../base/leftovers.node.ts'
import { blankPicture } from '../base/picture.ts'
import { createWork, type WorkEvent } from '../base/work.ts'
import { writeFilm } from './film.node.ts'
import type { Film } from './film.ts'

const hasFfmpeg = spawnSync('ffprobe', ['-version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-film-'))

const film: Film = {
  rate: 4,
  frames: 6,
  frame: index => blankPicture(31, 20, [40 * index, 0, 0]),
}

test.skipIf(!gate || !hasFfmpeg)(
  'a film is an MP4 of even size that lasts frames / rate seconds',
  async () => {
    const path = join(folder, 'film.mp4')
    const events: WorkEvent[] = []
    await writeFilm(path, film, { work: createWork({ emit: event => events.push(event) }) })
    const counted = events.flatMap(event => (event.kind === 'progress' ? [event.done] : []))
    expect(counted).toEqual([1, 2, 3, 4, 5, 6])
    const probe = spawnSync(
      'ffprobe',
      [
        ...['-v', 'error', '-select_streams', 'v', '-of', 'csv=p=0'],
        ...['-show_entries', 'stream=codec_name,width,height,pix_fmt:format=duration', path],
      ],
      { encoding: 'utf8' },
    )
    const [stream, duration] = probe.stdout.trim().split('\n')
    expect(stream).toBe('h264,32,20,yuv420p')
    expect(Number(duration)).toBeCloseTo(1.5, 1)
  },
)

test('where ffmpeg is missing the error says how to get it, and nothing is left behind', async () => {
  const path = join(folder, 'none.mp4')
  await expect(writeFilm(path, film, { ffmpeg: 'no-such-ffmpeg' })).rejects.toMatchObject({
    code: 'ffmpeg-missing',
    hint: expect.stringContaining('apt install ffmpeg'),
  })
  expect(existsSync(path)).toBe(false)
  expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual([])
})

test.skipIf(!hasFfmpeg)('the message of ffmpeg is part of the error', async () => {
  await expect(writeFilm(join(folder, 'no-such-folder', 'film.mp4'), film)).rejects.toMatchObject({
    code: 'film-failed',
    what: expect.stringContaining('No such file or directory'),
  })
})

test.skipIf(!hasFfmpeg)('what a killed process left of a film goes with the next', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const own = basename(temporaryName(join(folder, 'film.mp4')))
  // A process cleans a folder once, so the film goes to one that it has not seen.
  mkdirSync(join(folder, 'elsewhere'))
  writeFileSync(join(folder, 'elsewhere', own.replace(`-${process.pid}.`, `-${pid}.`)), 'half a film')
  await writeFilm(join(folder, 'elsewhere', 'film.mp4'), film)
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['film.mp4'])
})
