/**
 * A worker: takes units from the queue, does each in a process of its own, and says how it goes. This process computes
 * nothing, so it can renew what it holds whatever the other one is at.
 */
import { setTimeout } from 'node:timers/promises'
import { GlasshouseError, messageOf } from '../../base/errors.ts'
import { note, type Work } from '../../base/work.ts'
import { requireAgreed } from '../units/agreed-folders.node.ts'
import { carryOutUnit, type UnitEnd, type UnitWork } from '../units/carry-out.node.ts'
import { mostDeaths, mostLogLines } from '../units/limits.ts'
import { readUnit, titleOf } from '../units/unit.ts'
import type { QueueAddress } from './address.ts'
import {
  openQueue,
  openWorker,
  setAside,
  takeLater,
  type UnitJob,
  type UnitQueue,
} from './connection.node.ts'

export interface WorkerWishes {
  /** units at once */
  parallel: number
  /** units may read and write in these and nowhere else */
  folders: readonly string[]
  /** seconds after which the unit of a silent worker goes to another */
  lease: number
  /** ends when there has been nothing to do for `idle` seconds */
  once: boolean
  idle: number
  /** computes: a process of its own, unless given */
  compute?: UnitWork['compute']
}

export interface WorkerCount {
  done: number
  failed: number
}

/** Works until the signal is aborted, or, with `once`, until nothing is left. */
export async function workFrom(
  address: QueueAddress,
  work: Work,
  wishes: WorkerWishes,
): Promise<WorkerCount> {
  const queue = await openQueue(address)
  const count: WorkerCount = { done: 0, failed: 0 }
  const stop = new AbortController()
  let busy = 0
  let lastBusy = performance.now()
  const processor = async (job: UnitJob, token?: string): Promise<UnitEnd> => {
    busy++
    try {
      const end = await attempt(queue, job, token, stop.signal, work, wishes)
      count.done++
      return end
    } catch (error) {
      if (error instanceof Error && error.name !== 'DelayedError') count.failed++
      throw error
    } finally {
      busy--
      lastBusy = performance.now()
    }
  }
  const heard = createComplaints(work)
  try {
    const worker = await openWorker(address, processor, settingsOf(wishes), heard)
    const running = worker.run().catch(heard)
    try {
      note(work, `waiting for work at ${address.shown}`)
      while (!work.signal.aborted) {
        const idle = (performance.now() - lastBusy) / 1000
        if (wishes.once && busy === 0 && idle > wishes.idle && !(await hasWork(queue))) break
        await setTimeout(250, undefined, { signal: work.signal }).catch(() => {})
      }
    } finally {
      // What is running comes to its checkpoint and goes back into the queue.
      stop.abort(work.signal.reason)
      await worker.close()
      await running
    }
  } finally {
    await queue.close()
  }
  return count
}

const settingsOf = ({ parallel, lease }: WorkerWishes) => ({
  concurrency: parallel,
  lockDuration: 1000 * lease,
  stalledInterval: 500 * lease,
  maxStalledCount: mostDeaths,
  drainDelay: 1,
})

async function hasWork(queue: UnitQueue): Promise<boolean> {
  const counts = await queue.getJobCounts('waiting', 'prioritized', 'delayed')
  return Object.values(counts).some(count => count > 0)
}

/** A lost connection is said once in a while, not with every try to make it again. */
function createComplaints(work: Work): (error: unknown) => void {
  let last = Number.NEGATIVE_INFINITY
  return error => {
    if (performance.now() - last < 10_000) return
    last = performance.now()
    note(work, `the queue: ${messageOf(error)}`)
  }
}

/** How often the parent looks whether the unit was cancelled, and says how far it is. */
const lookEvery = 1000

async function attempt(
  queue: UnitQueue,
  job: UnitJob,
  token: string | undefined,
  stopped: AbortSignal,
  work: Work,
  { folders, lease, compute }: WorkerWishes,
): Promise<UnitEnd> {
  const cancel = new AbortController()
  const signal = AbortSignal.any([stopped, cancel.signal])
  let lines = 0
  let last = ''
  let shown = ''
  const say = async () => {
    const now = await queue.getJob(job.id ?? '')
    if (now?.data.cancelled !== undefined) cancel.abort(now.data.cancelled)
    if (last !== shown) await job.updateProgress({ note: (shown = last) })
  }
  const timer = setInterval(() => void say().catch(() => {}), lookEvery)
  try {
    await say()
    signal.throwIfAborted()
    const unit = readUnit(job.data.unit)
    requireAgreed(unit, folders)
    note(work, `${titleOf(unit)}: attempt ${job.attemptsStarted}`)
    const end = await carryOutUnit(unit, {
      signal,
      lease,
      compute,
      said(line) {
        last = line
        if (lines++ < mostLogLines) void job.log(line).catch(() => {})
      },
    })
    // Somebody has claimed it who is no longer seen by the queue, and may yet finish it.
    if (!end) throw await takeLater(job, token, 250 * lease)
    note(work, `${titleOf(unit)}: ${end.status}`)
    return end
  } catch (error) {
    if (cancel.signal.aborted) throw await setAside(`cancelled ${cancel.signal.reason}`)
    if (stopped.aborted) throw await takeLater(job, token, 0)
    if (error instanceof GlasshouseError) {
      await job.log(`error: ${error.message}`).catch(() => {})
      note(work, `${job.id}: ${error.message}`)
      if (error.fault === 'user') throw await setAside(error.message)
    }
    throw error
  } finally {
    clearInterval(timer)
  }
}
