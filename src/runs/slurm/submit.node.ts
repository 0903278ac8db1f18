/**
 * The side that asks Slurm: writes the units into the list of the results folder, submits an array of workers, watches
 * the folder and the queue, and submits again what is missing. Slurm is asked for jobs by their name, which is that of
 * the folder, so nothing is lost with this process: the same command again finds its jobs.
 */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { mapConcurrently } from '../../base/concurrent.ts'
import { GlasshouseError } from '../../base/errors.ts'
import { makeFolder, writeFileAtomic } from '../../base/files.node.ts'
import { note, type Work } from '../../base/work.ts'
import { foldersOf } from '../units/agreed-folders.node.ts'
import type { AskedEnd, Submitter } from '../units/ask.node.ts'
import { endOf } from '../units/carry-out.node.ts'
import { claimedIn, unitsIn } from '../units/claim.node.ts'
import {
  endedNames,
  endNoted,
  forget,
  logsIn,
  type NotedEnd,
  stampOf,
  writeList,
} from '../units/list.node.ts'
import { titleOf, type Unit } from '../units/unit.ts'
import type { Cluster } from './cluster.ts'
import {
  cancelJobs,
  endsOfJobs,
  isPassing,
  type LiveJobs,
  largestArray,
  liveJobs,
  submitScript,
} from './commands.node.ts'
import { endJobs, wordsToStop } from './end-jobs.node.ts'
import { arrayOf, batchScript, type Jobs, jobName } from './script.ts'

export interface SlurmWishes {
  /** of the results; absolute */
  folder: string
  cluster: Cluster
  /** jobs at once; as many as there are units unless given */
  atMost?: number
  threads: number
  program: readonly string[]
}

interface Waiting {
  unit: Unit
  done(end: AskedEnd): void
  fail(reason: unknown): void
}

/** How often the folder is looked at, in milliseconds; Slurm itself is asked less and less often, up to `calmest`. */
const lookEvery = 500
const calmest = 15_000
/** Submissions in a row that did nothing, before it is said that they never will. */
const mostFruitless = 3
/** Looks in a row that find units nobody holds and jobs that are missing, before more are submitted. */
const patience = 3

export async function openSlurm(wishes: SlurmWishes, work: Work): Promise<Submitter> {
  const { signal } = work
  const { folder } = wishes
  const name = jobName(folder)
  const most = await largestArray()
  const waiting = new Map<string, Waiting>()
  const fresh: Waiting[] = []
  const closing = new AbortController()
  const say = createNews(work)
  let askedAt = Number.NEGATIVE_INFINITY
  let interval = 1000
  let lacking = 0
  let fruitless = 0
  let before = ''
  let submitted: string | undefined
  let asked = 0
  let settled = 0

  const settle = (title: string, end: AskedEnd) => {
    waiting.get(title)?.done(end)
    waiting.delete(title)
  }

  /** Takes in what was asked for; what is done already is said to be. */
  const takeIn = async () => {
    const added = fresh.splice(0)
    await mapConcurrently(added, 16, async one => {
      const end = await endOf(one.unit)
      if (end) return one.done({ ...end, attempts: 0 })
      await forget(folder, one.unit)
      waiting.set(titleOf(one.unit), one)
    })
    await writeList(
      folder,
      [...waiting.values()].map(({ unit }) => unit),
    )
    askedAt = Number.NEGATIVE_INFINITY
  }

  const readEnds = async () => {
    const ended = await endedNames(folder)
    await mapConcurrently(
      [...waiting.keys()].filter(title => ended.has(title)),
      16,
      async title => {
        const end = await endNoted(folder, title)
        if (end) settle(title, askedEnd(end))
      },
    )
  }

  /** Workers may be killed between the end of a unit and its note. */
  const readPlaces = () =>
    mapConcurrently([...waiting], 16, async ([title, { unit }]) => {
      const end = await endOf(unit)
      if (end) settle(title, { ...end, attempts: 1 })
    })

  const ends = async () => (submitted === undefined ? [] : endsOfJobs(submitted))

  const submit = async (count: number) => {
    const stamp = await stampOf(folder)
    fruitless = stamp === before ? fruitless + 1 : 0
    before = stamp
    if (fruitless >= mostFruitless) throw await nothingDone(folder, await ends())
    const units = [...waiting.values()].map(({ unit }) => unit)
    await submitAll(jobsFor(units, count, most, wishes))
    interval = 1000
  }

  const submitAll = async (jobs: Jobs): Promise<void> => {
    const path = join(unitsIn(folder), 'job.sh')
    await makeFolder(logsIn(folder))
    await writeFileAtomic(path, batchScript(jobs, wishes.cluster))
    try {
      const id = await submitScript(path)
      submitted = id
      say(`job ${id}: ${jobs.count} ${jobs.count === 1 ? 'worker' : 'workers'} for ${waiting.size} units`)
    } catch (error) {
      if (!isPassing(error)) throw error
      // A limit on jobs may let fewer in.
      if (jobs.count > 1)
        return submitAll({ ...jobs, count: jobs.count >> 1, atOnce: Math.min(jobs.atOnce, jobs.count >> 1) })
      fruitless = 0
      say(`Slurm takes no more jobs now and is asked again: ${(error as GlasshouseError).got}`)
    }
  }

  const askSlurm = async () => {
    if (performance.now() - askedAt < interval) return
    askedAt = performance.now()
    interval = Math.min(calmest, 1.5 * interval)
    let live: LiveJobs
    try {
      live = await liveJobs(name)
    } catch (error) {
      if (!(error instanceof GlasshouseError) || error.code !== 'slurm-refused') throw error
      say(`Slurm does not answer and is asked again: ${error.got}`)
      return
    }
    // What ended before Slurm was asked is noted by now.
    await readEnds()
    if (waiting.size === 0) return
    const jobs = live.running + live.pending
    if (jobs) say(wordsOf(live))
    if (jobs === 0) {
      await readPlaces()
      if (waiting.size === 0) return
      const known = await ends()
      if (known.length) say(`the jobs have ended (${known.join(', ')}), and ${waiting.size} units are left`)
      await submit(waiting.size)
      return
    }
    // Some jobs may have been cancelled, or lost with their node.
    const held = await claimedIn(folder)
    const free = [...waiting.keys()].filter(title => !held.has(title)).length
    const room = Math.min(wishes.atMost ?? free, free) - live.pending
    const lost = room > 0 && live.running < (wishes.atMost ?? waiting.size)
    lacking = lost && live.pending === 0 ? lacking + 1 : 0
    if (lacking < patience) return
    lacking = 0
    await submit(Math.min(room, (wishes.atMost ?? waiting.size) - live.running))
  }

  const fail = (reason: unknown) => {
    for (const one of [...waiting.values(), ...fresh.splice(0)]) one.fail(reason)
    waiting.clear()
  }
  const stop = () => fail(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const watching = (async () => {
    let seen = 0
    while (!closing.signal.aborted) {
      try {
        // All that is asked for in one go comes into one list.
        if (fresh.length && fresh.length === seen) await takeIn()
        seen = fresh.length
        await readEnds()
        if (waiting.size) await askSlurm()
      } catch (error) {
        fail(error)
      }
      await setTimeout(lookEvery, undefined, { signal: closing.signal }).catch(() => {})
    }
  })()
  return {
    ask: unit =>
      new Promise<AskedEnd>((done, fail) => {
        if (signal.aborted) return fail(signal.reason)
        asked++
        const end = (how: AskedEnd) => {
          settled++
          done(how)
        }
        fresh.push({ unit, done: end, fail })
      }),
    async close() {
      closing.abort()
      signal.removeEventListener('abort', stop)
      await watching
      // Whether there was anything to do is not known where the command was stopped before it has asked.
      const isDone = asked === settled && (asked > 0 || !signal.aborted)
      if (isDone) return endJobs(name, work)
      // What the jobs were to be may be wrong, such as their time.
      if (!signal.aborted) await cancelJobs(name, 'pending').catch(() => {})
      const live = await liveJobs(name).catch(() => undefined)
      if (live && live.running + live.pending > 0)
        note(
          work,
          `The jobs go on; ${wordsToStop(name)} stops them, and the same command again waits for them`,
        )
    },
  }
}

/** An array of workers for these units; as many as `count`, or as the cluster takes. */
export function jobsFor(
  units: readonly Unit[],
  count: number,
  most: number,
  { folder, threads, program, atMost }: SlurmWishes,
): Jobs {
  const name = jobName(folder)
  return { name, folder, folders: foldersOf(units), threads, program, ...arrayOf(count, atMost, most) }
}

const askedEnd = ({ status, error, attempts }: NotedEnd): AskedEnd =>
  status === 'failed'
    ? { status, error: error ?? 'it failed', attempts }
    : { status, attempts, ...(error !== undefined && { error }) }

function wordsOf({ running, pending, reasons }: LiveJobs): string {
  const why = reasons.length ? ` (${reasons.join(', ')})` : ''
  return [running ? [`${running} jobs run`] : [], pending ? [`${pending} wait${why}`] : []].flat().join(', ')
}

/** A line is said again only after something else. */
function createNews(work: Work): (line: string) => void {
  let last = ''
  return line => {
    if (line !== last) note(work, line)
    last = line
  }
}

/** Jobs that end without touching a unit: their own log says why, where they came that far. */
async function nothingDone(folder: string, ends: readonly string[]): Promise<GlasshouseError> {
  const logs = await readdir(logsIn(folder)).catch(() => [])
  const named = logs.filter(log => log.startsWith('job-')).map(log => join(logsIn(folder), log))
  const times = await Promise.all(named.map(async path => ({ path, at: (await stat(path)).mtimeMs })))
  const newest = times.sort((a, b) => b.at - a.at)[0]?.path
  const text = newest === undefined ? '' : await readFile(newest, 'utf8').catch(() => '')
  return new GlasshouseError({
    code: 'jobs-fruitless',
    what: `the jobs have ended ${mostFruitless} times without doing anything${ends.length ? ` (${ends.join(', ')})` : ''}`,
    where: newest ?? join(unitsIn(folder), 'job.sh'),
    got: text.trim().split('\n').slice(-3).join(' | ').slice(-600) || 'they have left no log',
    fault: 'machine',
    hint: 'Does the batch script work on a node? Modules, a prologue and the program can be set in cluster.json',
  })
}
