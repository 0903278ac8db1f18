/**
 * The side that asks: puts units into the queue and waits until each is done or set aside. That a unit is done is read
 * from its place on the disk, so a queue that was emptied, restarted or asked twice loses and doubles nothing.
 */
import { setTimeout } from 'node:timers/promises'
import { mapConcurrently } from '../../base/concurrent.ts'
import { GlasshouseError } from '../../base/errors.ts'
import type { Work } from '../../base/work.ts'
import type { AskedEnd, Submitter } from '../units/ask.node.ts'
import { endOf, type UnitEnd } from '../units/carry-out.node.ts'
import { mostTries } from '../units/limits.ts'
import { nameOfUnit, type Unit } from '../units/unit.ts'
import type { QueueAddress } from './address.ts'
import { openQueue, type UnitQueue } from './connection.node.ts'

const jobOptions = (jobId: string) => ({
  jobId,
  attempts: mostTries,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: { age: 7 * 24 * 3600, count: 100_000 },
  removeOnFail: { age: 30 * 24 * 3600 },
})

interface Waiting {
  unit: Unit
  done(end: AskedEnd): void
  fail(reason: unknown): void
  /** when the queue was last asked whether it knows the unit, or was given it */
  askedAt: number
  /** when it was first seen to be done, on the disk or in the queue, without the other */
  seenAt?: number
}

const lookEvery = 500
/** Every time after as long, the queue is asked whether it still knows a unit; one that it lost is added again. */
const lostAfter = 15_000
/** Where the queue does not say why a run diverged, it is taken without a reason. */
const reasonAfter = 10_000
/** A file system of several machines may show a finished unit late. */
const shownAfter = 60_000

export async function openQueueSubmitter(address: QueueAddress, { signal }: Work): Promise<Submitter> {
  const queue = await openQueue(address)
  const waiting = new Map<string, Waiting>()
  const added: Unit[] = []
  const closing = new AbortController()
  const end = async (id: string, outcome: UnitEnd | { status: 'failed'; error: string }) => {
    const one = waiting.get(id)
    if (!one) return
    const job = await queue.getJob(id)
    waiting.delete(id)
    const error = outcome.error ?? job?.returnvalue?.error
    one.done({ ...outcome, ...(error !== undefined && { error }), attempts: job?.attemptsStarted ?? 1 })
  }
  const look = async () => {
    if (waiting.size === 0 && added.length === 0) return
    const units = added.splice(0)
    try {
      await add(queue, units)
    } catch (error) {
      added.unshift(...units)
      throw error
    }
    const [failed, completed] = await Promise.all(
      (['failed', 'completed'] as const).map(async state => new Set(await queue.getRanges([state]))),
    )
    await mapConcurrently([...waiting], 16, async ([id, one]) => {
      const { unit, askedAt } = one
      const now = performance.now()
      const done = await endOf(unit).catch(async (error: unknown) => {
        // The folder of the run is damaged, and stays so.
        if (!(error instanceof GlasshouseError)) throw error
        await end(id, { status: 'failed', error: error.message })
      })
      // Why it diverged stands in the queue, a moment later.
      if (done?.status === 'diverged' && !completed.has(id)) {
        one.seenAt ??= now
        if (now - one.seenAt > reasonAfter) await end(id, done)
      } else if (done) await end(id, done)
      else if (failed.has(id)) await end(id, await reasonOf(queue, id))
      else if (completed.has(id)) {
        one.seenAt ??= now
        if (now - one.seenAt > shownAfter)
          await end(id, { status: 'failed', error: 'it was done, but it is not in its place' })
      } else if (now - askedAt > lostAfter) {
        if (!(await queue.getJob(id))) await add(queue, [unit])
        one.askedAt = now
      }
    })
  }
  const stop = () => {
    for (const { fail } of waiting.values()) fail(signal.reason)
    waiting.clear()
  }
  signal.addEventListener('abort', stop, { once: true })
  const watching = (async () => {
    while (!closing.signal.aborted) {
      // A server that is away comes back; what was asked of it waits.
      await look().catch(() => {})
      await setTimeout(lookEvery, undefined, { signal: closing.signal }).catch(() => {})
    }
  })()
  return {
    async ask(unit) {
      signal.throwIfAborted()
      return new Promise<AskedEnd>((done, fail) => {
        waiting.set(nameOfUnit(unit), { unit, done, fail, askedAt: performance.now() })
        added.push(unit)
      })
    },
    async close() {
      closing.abort()
      signal.removeEventListener('abort', stop)
      await watching
      await queue.close()
    },
  }
}

/** What was set aside, or is done but gone from the disk, is asked for again; what is under way stays. */
async function add(queue: UnitQueue, units: readonly Unit[]): Promise<void> {
  await mapConcurrently(units, 16, async unit => {
    const before = await queue.getJob(nameOfUnit(unit))
    if (before && ['failed', 'completed'].includes(await before.getState()))
      await before.remove().catch(() => {})
  })
  for (let start = 0; start < units.length; start += 500)
    await queue.addBulk(
      units
        .slice(start, start + 500)
        .map(unit => ({ name: unit.kind, data: { unit }, opts: jobOptions(nameOfUnit(unit)) })),
    )
}

async function reasonOf(queue: UnitQueue, id: string): Promise<{ status: 'failed'; error: string }> {
  const job = await queue.getJob(id)
  return { status: 'failed', error: job?.failedReason || 'it failed' }
}
