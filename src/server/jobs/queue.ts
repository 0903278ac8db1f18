/**
 * The jobs of the studio: they wait in the order of their coming, a few run at a time, and all of them are on the disk.
 * When the server is killed its jobs end with it; the next server starts them again where they stood.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, rmdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import type { Work } from '../../base/work.ts'
import { freshFolder } from '../../runs/out-folder.node.ts'
import type { Job, JobLog, PreviewPoints, QueueSettings } from '../api.ts'
import { detailsOf } from '../errors.ts'
import type { Events } from '../events.ts'
import { readPart } from '../log-tail.ts'
import { startProcess, untilFree, wordsFor } from './job-process.ts'
import { createProgress, type JobProgress } from './job-progress.ts'
import { createJobStore, type JobStore, type StoredJob } from './job-store.ts'

export interface JobQueue {
  /** from now on jobs are carried out */
  start(): void
  settings(): QueueSettings
  setSettings(settings: QueueSettings): Promise<QueueSettings>
  /** the newest first */
  list(): Job[]
  /** @throws GlasshouseError 'no-such-job' */
  job(id: string): Job
  /** the job that made a run */
  jobOf(run: string): string | undefined
  /** resolves when it is on the disk. `ready` gives the words of the command line, without --out */
  add(ready: (specFile: string) => Promise<Pick<StoredJob, 'asked' | 'words' | 'line'>>): Promise<Job>
  cancel(id: string): Promise<Job>
  retry(id: string): Promise<Job>
  forget(id: string): Promise<void>
  log(id: string, from: number): Promise<JobLog>
  preview(id: string, name: string): Promise<{ png: Uint8Array } | { points: PreviewPoints } | undefined>
  /** stops what runs; it goes on when the studio starts again */
  close(): Promise<void>
}

export const settingsSchema = z.object({ atOnce: z.number().int().min(1).max(64) })
const [mostWaiting, mostEnded] = [1000, 500]
/** Bytes of a log that are read at once. */
const longestPart = 2 ** 18
/** Milliseconds between two words on the progress of a job. */
const tellEvery = 250

interface KnownJob {
  stored: StoredJob
  progress: JobProgress
  /** while it runs or is about to */
  running?: { stop: AbortController; isCancelled: boolean; ended: Promise<void> }
  told?: NodeJS.Timeout
}

export interface QueuePlace {
  /** the runs folder, the folder of the studio's own files, and the one that jobs work in */
  runs: string
  own: string
  base: string
  /** folders that jobs may open files of; any where there are none */
  within?: readonly string[]
  events: Events
  note(text: string): void
}

export async function openQueue(place: QueuePlace): Promise<JobQueue> {
  const store = createJobStore(place.own)
  const { jobs, damaged } = await store.all()
  for (const path of damaged) place.note(`not the file of a job, left out: ${path}`)
  const kept = settingsSchema.safeParse(await store.settings.read())
  const queue = createQueue(place, store, kept.data ?? { atOnce: 1 })
  for (const stored of jobs) queue.take(stored)
  return queue
}

function createQueue(
  { runs, base, within, events, note }: QueuePlace,
  store: JobStore,
  settings: QueueSettings,
) {
  const known = new Map<string, KnownJob>()
  let isClosing = false
  let isStarted = false

  const shown = ({ stored, progress }: KnownJob): Job => {
    const { format: _, words: _words, pid: _pid, released = false, ...job } = stored
    const has = (name: string) => !released && existsSync(join(runs, job.run, name))
    return {
      ...job,
      command: job.asked.command,
      stages: progress.stages(),
      notes: progress.notes(),
      previews: progress.previews(),
      hasResult: has('result.json'),
      hasPage: has('index.html'),
    }
  }
  const find = (id: string): KnownJob => {
    const job = known.get(id)
    if (job) return job
    throw new GlasshouseError({
      code: 'no-such-job',
      what: 'there is no such job',
      path: ['job'],
      got: id.slice(0, 80),
    })
  }
  const take = (stored: StoredJob): KnownJob => {
    const job: KnownJob = { stored, progress: createProgress(() => tell(job)) }
    known.set(stored.id, job)
    return job
  }
  const tell = (job: KnownJob) => {
    job.told ??= setTimeout(() => {
      job.told = undefined
      if (!job.running) return
      const { progress, stored } = job
      events.publish('progress', {
        job: stored.id,
        stages: progress.stages(),
        previews: progress.previews(),
        notes: progress.notes(),
      })
    }, tellEvery).unref()
  }
  const change = async (job: KnownJob, changes: Partial<StoredJob>) => {
    job.stored = { ...job.stored, ...changes }
    await store.write(job.stored)
    events.publish('job', shown(job))
  }
  const all = () => [...known.values()]
  const jobsOf = (run: string) => all().filter(({ stored }) => stored.run === run && !stored.released)
  const freshRun = async (command: string) =>
    relative(runs, await freshFolder(command, runs))
      .split(sep)
      .join('/')
  /** Whether the folder of its run is there, and no other job's. */
  const hasOwnRun = (job: KnownJob) =>
    existsSync(join(runs, job.stored.run)) &&
    jobsOf(job.stored.run).every(other => other === job) &&
    !job.stored.released

  /** Starts what waits, as far as there is room. */
  const pump = () => {
    if (isClosing || !isStarted) return
    for (const job of all()) {
      if (all().filter(({ running }) => running).length >= settings.atOnce) return
      if (!job.running && (job.stored.state === 'waiting' || job.stored.state === 'running')) begin(job)
    }
  }
  const begin = (job: KnownJob) => {
    const stop = new AbortController()
    const running = { stop, isCancelled: false, ended: Promise.resolve() }
    job.running = running
    running.ended = carryOut(job, stop.signal)
      .catch(error => {
        if (!stop.signal.aborted) note(`job ${job.stored.id}: ${error}`)
        return finish(job, error)
      })
      .catch(error => note(`job ${job.stored.id} could not be written: ${error}`))
      .finally(() => {
        job.running = undefined
        pump()
      })
  }
  const carryOut = async (job: KnownJob, signal: AbortSignal): Promise<void> => {
    const { stored } = job
    const folder = join(runs, stored.run)
    await untilFree(folder, stored.pid, signal)
    job.progress = createProgress(() => tell(job))
    const words = await wordsFor(stored.words, folder)
    const { error: _, ended: _ended, pid: _pid, ...rest } = stored
    job.stored = rest
    await change(job, { state: 'running', started: Date.now(), attempts: stored.attempts + 1 })
    signal.throwIfAborted()
    const emit: Work['emit'] = event => job.progress.take(event)
    const process = startProcess(words, base, store.logFile(stored.id), { emit }, within)
    signal.addEventListener('abort', process.stop, { once: true })
    try {
      await change(job, { pid: process.pid })
    } catch (error) {
      // Nobody could cancel it later.
      process.stop()
      await process.ended
      throw error
    }
    await finish(job, await process.ended)
  }
  const finish = async (job: KnownJob, error: unknown): Promise<void> => {
    const { pid: _, ...rest } = job.stored
    job.stored = rest
    const { isCancelled = false, stop } = job.running ?? {}
    // Stopped because the studio stops: it waits until that is started again.
    if (isClosing && stop?.signal.aborted && !isCancelled) return store.write({ ...rest, state: 'waiting' })
    const ended = Date.now()
    if (error === undefined) await change(job, { state: 'finished', ended })
    else if (isCancelled) await change(job, { state: 'cancelled', ended })
    else {
      const known =
        error instanceof GlasshouseError ? detailsOf(error) : { code: 'fault', message: String(error) }
      await change(job, { state: 'failed', ended, error: known })
    }
    events.noteRuns()
    await prune()
  }
  /** The oldest that have ended are forgotten; their results stay. */
  const prune = async () => {
    const ended = all().filter(({ stored, running }) => stored.ended !== undefined && !running)
    for (const { stored } of ended.slice(0, Math.max(0, ended.length - mostEnded))) await forget(stored.id)
  }
  /** A job that has said how it ended is let go of a moment later. */
  const settled = async (id: string): Promise<KnownJob> => {
    const job = find(id)
    if (job.stored.ended !== undefined) await job.running?.ended
    return job
  }
  const forget = async (id: string) => {
    const { stored, running } = find(id)
    if (running || stored.state === 'waiting' || stored.state === 'running')
      throw wrongState('cancel it first')
    known.delete(id)
    await store.remove(id)
    events.publish('forgotten', { job: id })
  }

  return {
    take,
    start() {
      isStarted = true
      pump()
    },
    settings: () => settings,
    async setSettings(asked: QueueSettings) {
      settings = settingsSchema.parse(asked)
      await store.settings.write(settings)
      pump()
      return settings
    },
    list: () => all().reverse().map(shown),
    job: (id: string) => shown(find(id)),
    jobOf: (run: string) => jobsOf(run).at(-1)?.stored.id,
    async add(ready: Parameters<JobQueue['add']>[0]) {
      if (all().filter(({ stored }) => stored.state === 'waiting').length >= mostWaiting)
        throw new GlasshouseError({
          code: 'too-many-requests',
          what: `${mostWaiting} jobs are waiting already`,
          hint: 'Cancel some of them',
        })
      const id = `${Date.now().toString(36)}-${randomBytes(5).toString('hex')}`
      const { asked, words, line } = await ready(store.specFile(id))
      const run = await freshRun(asked.command)
      const job = take({
        format: 1,
        id,
        asked,
        words,
        line,
        run,
        state: 'waiting',
        created: Date.now(),
        attempts: 0,
      })
      try {
        await change(job, {})
      } catch (error) {
        known.delete(id)
        throw error
      }
      pump()
      return shown(job)
    },
    async cancel(id: string) {
      const job = find(id)
      if (job.running) {
        job.running.isCancelled = true
        job.running.stop.abort(new GlasshouseError({ code: 'stopped', what: 'the job was cancelled' }))
        await job.running.ended
      } else if (job.stored.state === 'waiting') {
        await change(job, { state: 'cancelled', ended: Date.now() })
      }
      if (job.stored.ended !== undefined && hasOwnRun(job) && removedEmpty(join(runs, job.stored.run)))
        await change(job, { released: true })
      return shown(job)
    },
    async retry(id: string) {
      const job = await settled(id)
      requireEnded(job)
      const run = hasOwnRun(job) ? job.stored.run : await freshRun(job.stored.asked.command)
      try {
        // Somebody may have been faster meanwhile.
        requireEnded(find(id))
      } catch (error) {
        if (run !== job.stored.run) removedEmpty(join(runs, run))
        throw error
      }
      const { error: _, ended: _ended, released: _released, ...rest } = job.stored
      job.stored = rest
      await change(job, { state: 'waiting', run })
      pump()
      return shown(job)
    },
    async forget(id: string) {
      await settled(id)
      await forget(id)
    },
    async log(id: string, from: number): Promise<JobLog> {
      find(id)
      const path = store.logFile(id)
      if (!existsSync(path)) return { text: '', next: 0 }
      const part = await readPart(path, from, longestPart)
      return { text: part.toString('utf8'), next: from + part.length }
    },
    preview: (id: string, name: string) => find(id).progress.preview(name),
    async close() {
      isClosing = true
      const running = all().flatMap(({ running }) => running ?? [])
      for (const { stop } of running)
        stop.abort(new GlasshouseError({ code: 'stopped', what: 'the studio was stopped' }))
      await Promise.all(running.map(({ ended }) => ended))
    },
  } satisfies JobQueue & { take: unknown }
}

const wrongState = (hint: string): GlasshouseError =>
  new GlasshouseError({ code: 'job-state', what: 'the job is not in a state for this', hint })

function requireEnded({ running, stored: { state } }: KnownJob): void {
  if (running || (state !== 'failed' && state !== 'cancelled'))
    throw wrongState('only a job that failed or was cancelled can be tried again')
}

/** A folder that was made for a job and in which nothing was left would only be in the way. */
function removedEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

/** Nothing is started where the studio only shows results. */
export const closedQueue = (): JobQueue => {
  const none = () => {
    throw new GlasshouseError({ code: 'no-such-job', what: 'this studio has no jobs' })
  }
  return {
    start() {},
    settings: () => ({ atOnce: 1 }),
    setSettings: async () => none(),
    list: () => [],
    job: none,
    jobOf: () => undefined,
    add: async () => none(),
    cancel: async () => none(),
    retry: async () => none(),
    forget: async () => none(),
    log: async () => none(),
    preview: async () => none(),
    close: async () => {},
  }
}
