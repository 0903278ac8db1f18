/**
 * All runs of a sweep through a runner, several at once. How a run stands is read from its folder, so a sweep that was
 * killed goes on where it stood: what is finished or diverged stays, the rest is resumed or begun.
 */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { GlasshouseError } from '../../base/errors.ts'
import type { Work } from '../../base/work.ts'
import { isRunFolder, readRecord } from '../folder.node.ts'
import { isLocked } from '../lock.node.ts'
import { requireSameRun } from '../planned-record.node.ts'
import { lastCheckpoint } from '../record.ts'
import type { PlannedRun } from './plan.ts'
import type { Runner, SweepStatus } from './runner.ts'

export interface SweepRun extends PlannedRun {
  folder: string
  status: SweepStatus
  /** why it failed or diverged */
  error?: string
}

export interface SweepPlace {
  /** runs are in here, each in a folder of its name */
  folder: string
  data: string
  threads: number
  parallel: number
  runner: Runner
  work: Work
  /** called whenever a run has changed its status */
  changed(run: SweepRun): void | Promise<void>
}

/** Runs all that are not done; resolves when the last one has ended, rejects only where the sweep is stopped. */
export async function runAll(planned: readonly PlannedRun[], place: SweepPlace): Promise<SweepRun[]> {
  const runs: SweepRun[] = []
  for (const run of planned) {
    const folder = join(place.folder, run.name)
    runs.push({ ...run, folder, ...(await standing(folder, run)) })
  }
  const waiting = runs.filter(({ status }) => status === 'waiting').values()
  const lane = async () => {
    for (const run of waiting) {
      if (place.work.signal.aborted) return
      run.status = 'running'
      await place.changed(run)
      Object.assign(run, await carryOut(run, place))
      await place.changed(run)
    }
  }
  await Promise.all(Array.from({ length: place.parallel }, lane))
  place.work.signal.throwIfAborted()
  return runs
}

/**
 * Finished and diverged runs stay as they are; so does one whose folder is damaged, since it could hold work, and one
 * that was begun with other options.
 */
async function standing(
  folder: string,
  { options, chosen, seed }: PlannedRun,
): Promise<Pick<SweepRun, 'status' | 'error'>> {
  if (!isRunFolder(folder)) return { status: 'waiting' }
  try {
    const record = await readRecord(folder)
    await requireSameRun(record, options, chosen, { folder, seed })
    const { status } = record
    return { status: status === 'finished' || status === 'diverged' ? status : 'waiting' }
  } catch (error) {
    if (!(error instanceof GlasshouseError)) throw error
    return { status: 'failed', error: error.message }
  }
}

async function carryOut(run: SweepRun, { data, threads, runner, work }: SweepPlace) {
  const { folder } = run
  if (runner.ownFolders) return runner.run({ ...run, data, begun: false, threads }, work)
  await untilFree(folder, work.signal)
  const begun = existsSync(join(folder, lastCheckpoint))
  // A run that was stopped before its first checkpoint has nothing to go on from.
  if (!begun && !(await isLocked(folder))) await rm(folder, { recursive: true, force: true })
  return runner.run({ ...run, data, begun, threads }, work)
}

/** A run whose sweep was killed ends after its step; until then it has its folder. */
const patience = 60_000

/** Waits for a process that is still in the folder; the runner says so where it stays. */
async function untilFree(folder: string, signal: AbortSignal): Promise<void> {
  for (const end = performance.now() + patience; performance.now() < end && (await isLocked(folder)); )
    await setTimeout(200, undefined, { signal })
}
