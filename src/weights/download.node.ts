/**
 * Fetches a file over HTTP so that in the end it is there, whole and the one that was meant, or it is not there.
 *
 * Bytes arrive in `<path>.part`, with a note beside it of what they are a part of; when the digest is right the part
 * gets its name. What is interrupted goes on where it stopped: by a Range request under the condition (If-Range,
 * RFC 9110 section 13.1.5) that the file is still the same. Whatever a server says is only believed as far as the
 * digest confirms it.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, makeFolder, writeFileAtomic } from '../base/files.node.ts'
import { removeLeftovers, temporaryName } from '../base/leftovers.node.ts'
import { createWork, note, openStage, type Stage, type Work } from '../base/work.ts'
import { claimPart } from './claim-part.node.ts'

export interface DownloadOptions {
  url: string
  /** where the file shall lie */
  path: string
  /** the digest in hexadecimal, or its first digits */
  sha256: string
  /** in bytes; a server that sends more is not listened to */
  largest: number
  /** in bytes: what the progress counts to where the server does not say; default `largest` */
  expected?: number
  work?: Work
  /** what the progress is called; default: the name of the file */
  stage?: string
  /** how often it is tried without getting further */
  attempts?: number
  /** milliseconds before the second attempt; doubled before every further one */
  patience?: number
  /** milliseconds without a byte, or with less than `slowest` allows, after which a connection counts as dead */
  stall?: number
  /** bytes per second; a server that sends less over the time of `stall` keeps nobody waiting for days */
  slowest?: number
}

interface Job extends Required<Omit<DownloadOptions, 'expected'>> {
  signal: AbortSignal
  /** bytes that are here, of how many, of which `from` were here before */
  received(bytes: number, total: number | undefined, from: number): void
  part: string
  note: string
}

/** What a part is a part of. */
interface PartNote {
  url: string
  /** a strong ETag, or a date: the server's word for this version of the file */
  validator?: string
}

/** A failure that another attempt may mend. */
class Passing extends Error {
  readonly wait?: number
  constructor(why: string, wait?: number) {
    super(why)
    this.wait = wait
  }
}

/** An attempt that gained this many bytes counts as progress: the next failure is the first again. */
const progress = 2 ** 20

/** Seconds; a server that asks for more patience is not waited for. */
const longestWait = 60

/**
 * @returns the whole digest of the file that now lies at `path`
 * @throws GlasshouseError 'download-refused', 'download-failed', 'download-wrong'; the signal's reason when aborted
 */
export async function download(options: DownloadOptions): Promise<string> {
  const { work = createWork(), stage: name = basename(options.path) } = options
  let stage: Stage | undefined
  let whole = 0
  const job: Job = {
    work,
    stage: name,
    signal: work.signal,
    received(bytes, total, from) {
      if (!stage) {
        whole = total ?? options.expected ?? options.largest
        stage = openStage(work, name, { total: whole, from, unit: 'bytes' })
      }
      stage.update(Math.min(whole, bytes))
    },
    attempts: 5,
    patience: 1000,
    stall: 30_000,
    slowest: 1024,
    ...options,
    part: `${options.path}.part`,
    note: `${options.path}.part.json`,
  }
  try {
    return await fetchClaimed(job)
  } finally {
    stage?.end()
  }
}

async function fetchClaimed(job: Job): Promise<string> {
  await makeFolder(dirname(job.path))
  await removeLeftovers(dirname(job.path))
  const claim = await claimPart(job.path)
  if (claim) return fetchWhole(job).finally(claim)
  // Somebody else fills the part: this download has one of its own, that is not gone on with.
  const own = { ...job, part: temporaryName(job.path), note: temporaryName(job.path) }
  return fetchWhole(own).finally(() => forget(own))
}

/** Removes what killed downloads left beside a file that is there; what a running download fills stays. */
export async function removeAbandonedParts(path: string): Promise<void> {
  await removeLeftovers(dirname(path))
  const claim = await claimPart(path)
  await (claim && forget({ part: `${path}.part`, note: `${path}.part.json` }).finally(claim))
}

async function fetchWhole(job: Job): Promise<string> {
  const resumed = (await sizeOfFile(job.part)) > 0
  let digest = resumed ? await digestOf(job.part) : ''
  const isRight = () => digest.startsWith(job.sha256)
  // Where a part was there, two versions of the file may have been pieced together: once more from the start.
  for (let left = resumed ? 2 : 1; !isRight() && left > 0; left--) {
    await fetchPart(job)
    digest = await digestOf(job.part)
    if (isRight()) break
    const size = await sizeOfFile(job.part)
    await forget(job)
    if (left === 1) throw wrongFile(job, `${digest} (${size} bytes)`)
  }
  await settle(job)
  return digest
}

const wrongFile = (job: Job, got: string): GlasshouseError =>
  new GlasshouseError({
    code: 'download-wrong',
    what: 'what the server sent is another file than the published one; it was thrown away',
    where: job.url,
    expected: `SHA-256 ${job.sha256}`,
    got,
    hint: byOtherMeans(job),
  })

const byOtherMeans = ({ url, path }: Pick<Job, 'url' | 'path'>): string =>
  `Try again later, or fetch ${url} by other means and put it at ${path}`

/** Makes attempts until the part is whole. */
async function fetchPart(job: Job): Promise<void> {
  for (let failures = 1; ; failures++) {
    const before = await sizeOfFile(job.part)
    try {
      return await attempt(job)
    } catch (error) {
      job.signal.throwIfAborted()
      if (!(error instanceof Passing)) throw error
      if ((await sizeOfFile(job.part)) - before >= progress) failures = 1
      if (failures >= job.attempts) throw gaveUp(job, failures, error)
      const wait = error.wait === undefined ? job.patience * 2 ** (failures - 1) : error.wait * 1000
      if (wait > longestWait * 1000) throw gaveUp(job, failures, error)
      note(job.work, `${job.stage}: ${error.message}; trying again in ${Math.ceil(wait / 1000)} s`)
      await sleep(wait, undefined, { signal: job.signal }).catch(() => job.signal.throwIfAborted())
    }
  }
}

const gaveUp = (job: Job, attempts: number, cause: Error): GlasshouseError =>
  new GlasshouseError({
    code: 'download-failed',
    what: `the download does not get further after ${attempts} attempts: ${cause.message}`,
    where: job.url,
    hint: `What is here is kept, and the same command goes on from there. ${byOtherMeans(job)}`,
    fault: 'machine',
    cause,
  })

/** One connection. Ends when the part is whole. */
async function attempt(job: Job): Promise<void> {
  const dead = new AbortController()
  let inTime = 0
  let brought = 0
  const enough = (job.slowest * job.stall) / 1000
  const watch = setInterval(() => {
    brought = inTime
    if (inTime < enough) dead.abort()
    inTime = 0
  }, job.stall)
  const signal = AbortSignal.any([job.signal, dead.signal])
  try {
    const begun = await notedPart(job)
    const response = await request(job, begun, signal)
    const { from, total } = placeOf(response, begun.size)
    if (total !== undefined && total > job.largest) throw tooLarge(job, total)
    if (from === 0) await writeFileAtomic(job.note, JSON.stringify(noteOf(job, response)))
    const file = await openPart(job, from)
    let received = from
    try {
      job.received(received, total, from)
      for await (const chunk of response.body ?? []) {
        inTime += chunk.byteLength
        if ((received += chunk.byteLength) > job.largest) throw tooLarge(job, received)
        await file.writeFile(chunk)
        job.received(received, total, from)
      }
      await file.sync()
    } finally {
      await file.close()
      if (received > job.largest) await forget(job)
    }
    if (total !== undefined && received < total) {
      throw new Passing(`the server stopped after ${received} of ${total} bytes`)
    }
  } catch (error) {
    if (dead.signal.aborted) {
      const came = brought ? `only ${brought} bytes came` : 'nothing came'
      throw new Passing(`${came} for ${job.stall / 1000} s`)
    }
    throw isNetworkError(error) ? new Passing(reasonOf(error)) : fileError(error, job.part)
  } finally {
    clearInterval(watch)
  }
}

/** How much of the file is here, and of which version; nothing where that is not known. */
async function notedPart({ url, part, note }: Job): Promise<{ size: number; validator?: string }> {
  const size = await sizeOfFile(part)
  if (size === 0) return { size: 0 }
  try {
    const noted = JSON.parse(await readFile(note, 'utf8')) as PartNote
    return noted.url === url ? { size, validator: noted.validator } : { size: 0 }
  } catch {
    return { size: 0 }
  }
}

async function request(
  job: Job,
  { size, validator }: { size: number; validator?: string },
  signal: AbortSignal,
): Promise<Response> {
  // As it is: a compressed transfer has other lengths and places than the file.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (size > 0) {
    headers.range = `bytes=${size}-`
    if (validator !== undefined) headers['if-range'] = validator
  }
  const response = await fetch(job.url, { headers, signal })
  if (job.url.startsWith('https:') && !response.url.startsWith('https:')) {
    throw refused(job, `the server leads away from https, to ${response.url}`)
  }
  if (response.ok) return response
  await response.body?.cancel()
  if (response.status === 416) {
    // There is nothing beyond what is here: it is a part of something else, or more than the whole.
    await forget(job)
    throw new Passing('the file on the server is another one than the part that is here', 0)
  }
  const passing = response.status >= 500 || response.status === 408 || response.status === 429
  const status = `the server answers ${response.status} ${response.statusText}`.trim()
  if (!passing) throw refused(job, status)
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN)
  throw new Passing(status, Number.isFinite(wait) ? wait : undefined)
}

const refused = (job: Job, what: string): GlasshouseError =>
  new GlasshouseError({ code: 'download-refused', what, where: job.url, hint: byOtherMeans(job) })

const tooLarge = (job: Job, size: number): GlasshouseError =>
  new GlasshouseError({
    code: 'download-wrong',
    what: 'the server sends more than the published file has',
    where: job.url,
    expected: `at most ${job.largest} bytes`,
    got: `${size}`,
    hint: byOtherMeans(job),
  })

/** Where the bytes of a response belong, and how long the whole file is. */
function placeOf(response: Response, begun: number): { from: number; total?: number } {
  const number = (text: string | null | undefined) => (text && /^\d+$/.test(text) ? Number(text) : undefined)
  const length = number(response.headers.get('content-length'))
  if (response.status !== 206) return { from: 0, total: length }
  const [, first, whole] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? []
  if (number(first) !== begun) throw new Passing('the server sends another part than the one asked for')
  return { from: begun, total: number(whole) ?? (length === undefined ? undefined : begun + length) }
}

/** A weak ETag stands for files that are alike, which is not enough to piece them together. */
function noteOf({ url }: Job, { headers }: Response): PartNote {
  const etag = headers.get('etag')
  const validator = etag?.startsWith('"') ? etag : (headers.get('last-modified') ?? undefined)
  return { url, validator }
}

/** Writes from `from` on; what may lie there is overwritten. */
async function openPart({ part }: Job, from: number): Promise<FileHandle> {
  return from === 0 ? open(part, 'w') : open(part, 'a')
}

async function settle({ part, note, path }: Job): Promise<void> {
  try {
    await rename(part, path)
    await rm(note, { force: true })
  } catch (error) {
    throw fileError(error, path)
  }
}

async function forget({ part, note }: Pick<Job, 'part' | 'note'>): Promise<void> {
  await rm(part, { force: true })
  await rm(note, { force: true })
}

export async function sizeOfFile(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? found.size : 0
}

/** SHA-256 in hexadecimal. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** fetch tells every trouble of the network as a TypeError, whose cause has the reason. */
const isNetworkError = (error: unknown): boolean => error instanceof TypeError

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  const { code, message: deeper } = (cause ?? {}) as NodeJS.ErrnoException
  return [message, deeper || code].filter(Boolean).join(': ')
}
