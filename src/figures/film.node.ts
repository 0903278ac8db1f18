/** Films as MP4 files, by the system's ffmpeg: H.264 in the one form that every player knows. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { removeLeftovers, temporaryName } from '../base/leftovers.node.ts'
import type { Picture } from '../base/picture.ts'
import { createWork, openStage, type Work } from '../base/work.ts'
import { svgToPicture } from './files.node.ts'
import type { Film } from './film.ts'

export interface FilmOptions {
  work?: Work
  /** what the progress is called; default 'film' */
  stage?: string
  /** the program to call */
  ffmpeg?: string
}

/** Players show a handful of frames a second badly; slower films repeat theirs. */
const leastRate = 24

/**
 * Draws the frames one by one and hands them to ffmpeg.
 *
 * @throws GlasshouseError 'ffmpeg-missing' where the machine has none, 'film-failed' where it refuses
 */
export async function writeFilm(path: string, film: Film, options: FilmOptions = {}): Promise<void> {
  const { work = createWork(), stage: name = 'film', ffmpeg = 'ffmpeg' } = options
  const first = await pictureOf(film, 0)
  await removeLeftovers(dirname(path))
  const temporary = temporaryName(path)
  const child = spawn(
    ffmpeg,
    [
      ...['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24'],
      ...['-s', `${first.width}x${first.height}`, '-r', String(film.rate), '-i', '-'],
      // H.264 with 4:2:0 colour wants even sides.
      ...['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white', '-c:v', 'libx264', '-crf', '18'],
      ...['-pix_fmt', 'yuv420p', '-r', String(Math.max(leastRate, film.rate)), '-movflags', '+faststart'],
      ...['-f', 'mp4', temporary],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'], signal: work.signal },
  )
  let complaint = ''
  child.stderr.on('data', text => {
    complaint += text
  })
  // A program that ends early closes its input; what it says at its end tells more than that.
  child.stdin.on('error', () => {})
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  ended.catch(() => {})
  const stage = openStage(work, name, film.frames)
  try {
    for (let index = 0; index < film.frames && child.exitCode === null; index++) {
      work.signal.throwIfAborted()
      const { data } = index === 0 ? first : await pictureOf(film, index)
      if (!child.stdin.write(data)) await Promise.race([once(child.stdin, 'drain'), ended])
      stage.update(index + 1)
    }
    child.stdin.end()
    if ((await ended) !== 0) throw refused(path, complaint)
    await rename(temporary, path)
  } catch (error) {
    child.kill()
    await rm(temporary, { force: true })
    const { code, syscall } = error as NodeJS.ErrnoException
    throw code === 'ENOENT' && syscall?.startsWith('spawn') ? missing(path) : error
  } finally {
    stage.end()
  }
}

/** The bytes of the MP4; `writeFilm` says what can go wrong. */
export async function encodeFilm(film: Film, options?: FilmOptions): Promise<Uint8Array> {
  await removeLeftovers(tmpdir())
  const folder = temporaryName(join(tmpdir(), 'glasshouse-film'))
  await mkdir(folder, { mode: 0o700 })
  try {
    const path = join(folder, 'film.mp4')
    await writeFilm(path, film, options)
    return await readFile(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function pictureOf(film: Film, index: number): Promise<Picture> {
  const frame = await film.frame(index)
  return typeof frame === 'string' ? svgToPicture(frame) : frame
}

const missing = (where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'ffmpeg-missing',
    what: 'films as MP4 need ffmpeg, and it is not installed',
    where,
    hint: 'Install it (apt install ffmpeg, brew install ffmpeg, winget install ffmpeg) and run the same command again',
    fault: 'machine',
  })

const refused = (where: string, complaint: string): GlasshouseError =>
  new GlasshouseError({
    code: 'film-failed',
    what: `ffmpeg could not make the film: ${complaint.trim().split('\n').at(-1) || 'it did not say why'}`,
    where,
    hint: 'It must be built with libx264; see ffmpeg -encoders',
    fault: 'machine',
  })
