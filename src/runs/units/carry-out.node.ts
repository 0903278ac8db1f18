/**
 * Does one unit of work: claims it, computes in a process of its own, and moves the result to its place. What is done
 * is never done again, and what is half done is never seen.
 */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GlasshouseError } from '../../base/errors.ts'
import { nameOfShard, readManifest, shardName } from '../../embedding/vector-shards.node.ts'
import { checkOptions } from '../../options/options.ts'
import { isRunFolder, readRecord } from '../folder.node.ts'
import { isLocked } from '../lock.node.ts'
import { lastCheckpoint } from '../record.ts'
import { hasPlan } from '../shard-rows.node.ts'
import { trainWords } from '../sweep/plan.ts'
import { trainOptions } from '../train-options.ts'
import { type ChildEnd, runChild } from './child.node.ts'
import { type Claim, claimUnit } from './claim.node.ts'
import { type RunUnit, type ShardUnit, titleOf, type Unit } from './unit.ts'

export interface UnitEnd {
  status: 'finished' | 'diverged'
  /** why it diverged */
  error?: string
}

export interface UnitWork {
  signal: AbortSignal
  /** gets every line that the process says */
  said?(line: string): void
  /** seconds after which the unit of a silent worker goes to another */
  lease: number
  /** computes: a process of its own, unless given */
  compute?: typeof runChild
  /** note attempts, and are called only while the unit is held */
  begun?(): Promise<void>
  failed?(error: unknown): Promise<void>
}

/**
 * @returns undefined where somebody else is at work on it
 * @throws GlasshouseError 'unit-failed', of the machine's fault where another attempt may end otherwise; 'run-disturbed'
 * where another has taken the unit over meanwhile
 */
export async function carryOutUnit(unit: Unit, work: UnitWork): Promise<UnitEnd | undefined> {
  const before = await endOf(unit)
  if (before) return before
  const claim = await claimUnit(unit.folder, titleOf(unit), work.lease)
  if (!claim) return endOf(unit)
  let done: UnitEnd | undefined
  try {
    // It may have been done while the claim was made.
    done = await endOf(unit)
    return done ?? (await attempt(unit, claim, work))
  } finally {
    await claim.release(done !== undefined)
  }
}

async function attempt(unit: Unit, claim: Claim, work: UnitWork): Promise<UnitEnd> {
  await work.begun?.()
  try {
    return await (unit.kind === 'run' ? doRun(unit, claim, work) : doShard(unit, claim, work))
  } catch (error) {
    // Whoever has lost the unit fails by what the other has moved away, which says nothing about the unit.
    await claim.requireHeld()
    await work.failed?.(error)
    throw error
  }
}

const runFolder = ({ folder, name }: RunUnit): string => join(folder, 'runs', name)

/** How a unit has ended; undefined where it has not. Its place on the disk alone says so. */
export async function endOf(unit: Unit): Promise<UnitEnd | undefined> {
  if (unit.kind === 'shard')
    return existsSync(join(unit.folder, shardName(unit.index))) ? { status: 'finished' } : undefined
  return statusOf(runFolder(unit))
}

async function statusOf(folder: string): Promise<UnitEnd | undefined> {
  if (!isRunFolder(folder)) return undefined
  const { status } = await readRecord(folder)
  return status === 'finished' || status === 'diverged' ? { status } : undefined
}

async function doRun(unit: RunUnit, claim: Claim, work: UnitWork): Promise<UnitEnd> {
  const { attempt } = claim
  // An earlier worker may have been killed between the end of the run and its commit.
  const left = await statusOf(attempt)
  if (left) {
    await claim.commit('', runFolder(unit))
    return left
  }
  // The options are read as the command line would read them, before they become words and before anything is moved.
  checkOptions(trainOptions, unit.asked)
  const begun = await prepare(attempt, runFolder(unit))
  const what = begun
    ? ['--resume', attempt]
    : [unit.data, ...trainWords(unit.asked), '--seed', String(unit.seed)]
  const end = await (work.compute ?? runChild)(
    ['train', ...what, '--threads', String(unit.threads), '--out', attempt],
    work.signal,
    work.said,
  )
  const status = await statusOf(attempt)
  if (end.code !== 0 && status?.status !== 'diverged') throw failed(end, attempt, work.signal)
  await claim.commit('', runFolder(unit))
  return status?.status === 'diverged'
    ? { status: 'diverged', error: end.complaint.replace(`${attempt}: `, '') }
    : { status: 'finished' }
}

/**
 * The folder that a run trains in: what an earlier attempt has left, or what a sweep without a queue began; without a
 * checkpoint there is nothing to go on from.
 * @returns whether there is a run to go on with
 */
async function prepare(attempt: string, place: string): Promise<boolean> {
  const canGoOn = () => existsSync(join(attempt, lastCheckpoint))
  if (existsSync(place)) {
    if (await isLocked(place))
      throw new GlasshouseError({
        code: 'run-locked',
        what: 'another process is at work in this folder',
        where: place,
        fault: 'machine',
        hint: 'Wait until it has ended',
      })
    if (!canGoOn()) {
      await rm(attempt, { recursive: true, force: true })
      await rename(place, attempt)
    } else await rm(place, { recursive: true, force: true })
  }
  if (canGoOn()) return true
  await rm(attempt, { recursive: true, force: true })
  await mkdir(attempt, { recursive: true })
  return false
}

async function doShard(unit: ShardUnit, claim: Claim, work: UnitWork): Promise<UnitEnd> {
  const { attempt } = claim
  const { output, as, fit } = unit.wishes
  const options = Object.entries({
    split: unit.split,
    batch: unit.batch,
    layer: unit.layer,
    shard: unit.shard,
    part: unit.index,
    seed: unit.seed,
    threads: unit.threads,
    output,
    as,
    fit,
    // Reading the data costs as much as all shards have images.
    plan: hasPlan(unit.folder) ? unit.folder : undefined,
    out: attempt,
  }).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, String(value)]))
  const words = ['embed', unit.model, unit.data, ...options, ...(unit.strict ? ['--strict'] : [])]
  const end = await (work.compute ?? runChild)(words, work.signal, work.said)
  if (end.code !== 0) throw failed(end, attempt, work.signal)
  if (nameOfShard(await readManifest(attempt), unit.index) !== unit.content)
    throw new GlasshouseError({
      code: 'shards-differ',
      what: 'the images or the model on this machine are not those that were asked for',
      where: unit.data,
      hint: 'Give every machine the same files, best by a shared file system',
    })
  await claim.commit(shardName(unit.index), join(unit.folder, shardName(unit.index)))
  await rm(attempt, { recursive: true, force: true })
  return { status: 'finished' }
}

/** Exit code 2 is a mistake in what was asked: another attempt would end the same way. */
function failed({ code, complaint }: ChildEnd, attempt: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  return new GlasshouseError({
    code: 'unit-failed',
    what: complaint.replace(`${attempt}: `, ''),
    fault: code === 2 ? 'user' : 'machine',
  })
}
