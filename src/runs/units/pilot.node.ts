/**
 * A worker without a queue: takes units from the list in a results folder, until none is left or its time is up. Any
 * number of them work on one list; claims keep them apart.
 */
import { randomInt } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { GlasshouseError, messageOf } from '../../base/errors.ts'
import { note, type Work } from '../../base/work.ts'
import { requireAgreed } from './agreed-folders.node.ts'
import { carryOutUnit, type UnitWork } from './carry-out.node.ts'
import { claimedIn } from './claim.node.ts'
import { mostDeaths, mostLogLines, mostTries } from './limits.ts'
import {
  endedNames,
  endNoted,
  logsIn,
  makeNotes,
  noteEnd,
  noteTries,
  openList,
  triesNoted,
} from './list.node.ts'
import { titleOf, type Unit } from './unit.ts'

export interface PilotWishes {
  /** units at once */
  parallel: number
  /** units may read and write in these and nowhere else */
  folders: readonly string[]
  /** seconds after which the unit of a silent worker goes to another */
  lease: number
  /** seconds without work before it ends */
  idle: number
  /** seconds until this process is ended from outside; it may be asked at any time */
  timeLeft?: () => number
  compute?: UnitWork['compute']
  /** milliseconds before a unit that has failed is tried again: a second unless given, and twice as long each time */
  backOff?: number
}

/** Milliseconds, and units that others had taken meanwhile, after which the list is looked through again. */
const freshFor = 2000
const mostMisses = 32

export async function workOn(
  folder: string,
  work: Work,
  wishes: PilotWishes,
): Promise<{ done: number; failed: number }> {
  const { lease, timeLeft = () => Number.POSITIVE_INFINITY, backOff = 1000 } = wishes
  const list = openList(folder)
  const pause = createPauses(backOff)
  const counted = { done: 0, failed: 0 }
  /** here, at this moment */
  const busy = new Set<string>()
  let longest = 0
  let lastTaken = performance.now()
  /** Claims that others hold are tried now and then: their holders may be gone. */
  let lastForced = performance.now()

  /** @returns whether there was something to do */
  const take = async (unit: Unit): Promise<boolean> => {
    const name = titleOf(unit)
    const before = await triesNoted(folder, name)
    if (pause.left(name, before.failed) > 0) return false
    const started = performance.now()
    const outcome = await attempt(folder, unit, work, wishes)
    if (outcome === 'taken') return false
    // Where not even a note can be written, such as on a full disk, nothing else would slow it down.
    if (outcome === 'tried') await setTimeout(backOff, undefined, { signal: work.signal }).catch(() => {})
    if (outcome === 'done') counted.done++
    if (outcome === 'set aside') counted.failed++
    if (unit.kind === 'shard') longest = Math.max(longest, performance.now() - started)
    return true
  }

  const lane = async () => {
    while (!work.signal.aborted) {
      const [units, ended, claimed] = await Promise.all([list(), endedNames(folder), claimedIn(folder)])
      const open = units.filter(unit => !ended.has(titleOf(unit)))
      if (open.length === 0) return
      const forced = performance.now() - lastForced > 250 * lease
      if (forced) lastForced = performance.now()
      const free = open.filter(unit => !busy.has(titleOf(unit)) && (forced || !claimed.has(titleOf(unit))))
      const first = free.length ? randomInt(free.length) : 0
      const until = performance.now() + freshFor
      let misses = 0
      let took = false
      // What was seen is good for a while: looking again costs as much as there are units.
      const isFresh = () => misses < mostMisses && performance.now() < until
      for (let at = 0; at < free.length && isFresh() && !work.signal.aborted; at++) {
        const unit = free[(first + at) % free.length]
        const name = titleOf(unit)
        if (busy.has(name)) continue
        // A shard has no checkpoint: one that cannot be finished is not begun.
        if (unit.kind === 'shard' && 1000 * timeLeft() < 1.2 * longest) return
        busy.add(name)
        const taken = await take(unit).finally(() => busy.delete(name))
        took ||= taken
        if (!taken) misses++
      }
      if (took) lastTaken = performance.now()
      else if (busy.size === 0 && !pause.any() && performance.now() - lastTaken > 1000 * wishes.idle) return
      else await setTimeout(took ? 0 : 500, undefined, { signal: work.signal }).catch(() => {})
    }
  }
  await Promise.all(Array.from({ length: wishes.parallel }, lane))
  return counted
}

type Outcome = 'done' | 'set aside' | 'tried' | 'taken'

async function attempt(folder: string, unit: Unit, work: Work, wishes: PilotWishes): Promise<Outcome> {
  const { signal } = work
  const name = titleOf(unit)
  const log = createLog(folder, name)
  let held = false
  /** how often it was begun, where that is known: nobody else writes it while the unit is held */
  let known: number | undefined
  const end = async (status: 'finished' | 'diverged' | 'failed', error?: string) => {
    const begun = known ?? (await triesNoted(folder, name)).begun
    await noteEnd(folder, name, { status, error, attempts: Math.max(1, begun) })
    note(work, `${name}: ${status}${error === undefined ? '' : `: ${error}`}`)
    return status === 'failed' ? 'set aside' : 'done'
  }
  try {
    requireAgreed(unit, wishes.folders)
    const { lease, compute } = wishes
    const done = await carryOutUnit(unit, {
      signal,
      lease,
      compute,
      said: log.say,
      async begun() {
        held = true
        const before = await triesNoted(folder, name)
        if (before.begun >= mostDeaths) throw diedTooOften(before.error)
        known = before.begun + 1
        await noteTries(folder, name, { ...before, begun: known })
        note(work, `${name}: attempt ${before.begun + 1}`)
      },
      async failed(error) {
        const before = await triesNoted(folder, name)
        const now = signal.aborted
          ? { begun: before.begun - 1 }
          : { failed: before.failed + 1, error: messageOf(error) }
        await noteTries(folder, name, { ...before, ...now })
      },
    })
    if (done && (held || !(await endNoted(folder, name)))) await end(done.status, done.error)
    return done && held ? 'done' : 'taken'
  } catch (error) {
    if (signal.aborted) return 'tried'
    note(work, `${name}: ${messageOf(error)}`)
    if (isLost(error)) return 'tried'
    const { failed } = await triesNoted(folder, name)
    const isFinal = error instanceof GlasshouseError && error.fault === 'user'
    if (isFinal || (held && failed >= mostTries)) return await end('failed', messageOf(error))
    return 'tried'
  } finally {
    await log.close()
  }
}

/** Another worker goes on with it. */
const isLost = (error: unknown): boolean => error instanceof GlasshouseError && error.code === 'run-disturbed'

const diedTooOften = (last?: string) =>
  new GlasshouseError({
    code: 'unit-failed',
    what: `its workers have ended ${mostDeaths} times without a word while they were at it`,
    got: last,
    hint: 'Give the jobs more memory or time',
  })

/** When a unit may be tried again, by the time since this process has heard that it failed: clocks are not compared. */
function createPauses(first: number) {
  const heard = new Map<string, { failed: number; at: number }>()
  const left = (name: string, failed: number): number => {
    if (failed === 0) return 0
    const known = heard.get(name)
    if (known?.failed !== failed) heard.set(name, { failed, at: performance.now() })
    const since = performance.now() - (known?.failed === failed ? known.at : performance.now())
    return Math.max(0, first * 2 ** (failed - 1) - since)
  }
  const any = () => [...heard].some(([name, { failed }]) => left(name, failed) > 0)
  return { left, any }
}

/** Writes what a unit says, a line at a time, the first of many. */
function createLog(folder: string, name: string) {
  let lines = 0
  let writing: Promise<unknown> = Promise.resolve()
  const write = async (line: string) => {
    await makeNotes(logsIn(folder))
    await appendFile(join(logsIn(folder), `${name}.log`), `${line}\n`)
  }
  return {
    say(line: string): void {
      if (lines++ < mostLogLines) writing = writing.then(() => write(line)).catch(() => {})
    },
    close: () => writing,
  }
}
