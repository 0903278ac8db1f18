/**
 * A sweep from its specification to what it found. Its folder holds sweep.json, which says what the runs have in
 * common and how they ended, and `runs/` with a folder for each; it is locked while the sweep is at work.
 */
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { mapConcurrently } from '../../base/concurrent.ts'
import { GlasshouseError } from '../../base/errors.ts'
import { fileError, writeFileAtomic } from '../../base/files.node.ts'
import { inStage, note, type Work } from '../../base/work.ts'
import { openOwnObjective } from '../../objectives/own.node.ts'
import { lockFolder } from '../lock.node.ts'
import {
  type OwnObjectives,
  objectiveFilesIn,
  type PlannedRun,
  planSweep,
  readSpec,
  type SweepSpec,
} from './plan.ts'
import { runAll, type SweepRun } from './queue.node.ts'
import { findingOf, type SweepFinding } from './report.node.ts'
import type { Runner } from './runner.ts'

export interface SweepPlan {
  spec: SweepSpec
  /** absolute */
  data: string
  own: OwnObjectives
  runs: PlannedRun[]
}

/** Reads a specification and plans its runs. Paths in it start from its folder. */
export async function openSweep(path: string): Promise<SweepPlan> {
  const text = await readFile(path, 'utf8').catch(error => {
    throw fileError(error, path)
  })
  const spec = readSpec(text, path)
  const data = isAbsolute(spec.data) ? spec.data : resolve(dirname(path), spec.data)
  const own = new Map(
    await Promise.all(
      objectiveFilesIn(spec).map(
        async name => [name, await openOwnObjective(resolve(dirname(path), name))] as const,
      ),
    ),
  )
  return { spec, data, own, runs: planSweep(spec, path, own) }
}

export interface SweepOptions {
  threads?: number
  parallel?: number
}

/** Trains every run of the plan in `folder`, or goes on where an earlier call was stopped; reads what they have left. */
export async function carryOutSweep(
  work: Work,
  plan: SweepPlan,
  folder: string,
  runner: Runner,
  options: SweepOptions = {},
): Promise<SweepFinding[]> {
  const { spec, data, runs: planned } = plan
  const lock = await lockFolder(folder)
  try {
    const state = await openState(join(folder, 'sweep.json'), plan)
    const threads = options.threads ?? spec.threads
    const parallel =
      options.parallel ?? spec.parallel ?? Math.max(1, Math.floor(availableParallelism() / threads))
    let ended = 0
    const runs = await inStage(work, 'runs', planned.length, update =>
      runAll(planned, {
        folder: join(folder, 'runs'),
        data,
        threads,
        parallel: Math.min(parallel, planned.length),
        runner,
        work,
        async changed(run) {
          lock.requireHeld()
          await state.note(run)
          if (run.status === 'diverged' || run.status === 'failed')
            note(work, `${run.name} ${run.status}: ${run.error}`)
          if (run.status !== 'running') update(++ended, run.name)
        },
      }),
    ).finally(() => state.write())
    return await mapConcurrently(runs, 8, run =>
      findingOf({
        ...run,
        error: run.status === 'finished' ? undefined : (run.error ?? state.errorOf(run.name)),
      }),
    )
  } finally {
    lock.release()
  }
}

const ending = z.looseObject({ status: z.string(), error: z.string().optional() })
const stateSchema = z.looseObject({
  format: z.literal(1),
  data: z.string(),
  train: z.record(z.string(), z.unknown()),
  /** what the files of objectives held */
  objectives: z.record(z.string(), z.string()).optional(),
  runs: z.record(z.string(), ending),
})

/** Seconds between two writings of sweep.json: with many short runs it is longer than any of them. */
const writeEvery = 1

/** sweep.json. A sweep may grow by values of its grid; what all runs share must stay, or they could not be compared. */
async function openState(path: string, { spec: { train, grid }, data, own }: SweepPlan) {
  const before = await readState(path)
  const hashes = Object.fromEntries([...own].map(([name, { file }]) => [name, file.sha256]))
  const changed = Object.entries(before?.objectives ?? {}).find(
    ([name, hash]) => hashes[name] !== undefined && hashes[name] !== hash,
  )
  if (changed)
    throw new GlasshouseError({
      code: 'objective-changed',
      what: 'the objective is not the one that the sweep began with',
      where: own.get(changed[0])?.file.path,
      hint: 'Restore the file and all that it imports, or name another folder with --out',
    })
  if (before && (before.data !== data || !isDeepStrictEqual(before.train, train)))
    throw new GlasshouseError({
      code: 'sweep-changed',
      what: 'the sweep in this folder has other data or other options of train',
      where: path,
      hint: 'Name another folder with --out; only the grid may change',
    })
  const known = new Map(Object.entries(before?.runs ?? {}))
  let writtenAt = 0
  const write = async () => {
    writtenAt = performance.now()
    const objectives = { ...before?.objectives, ...hashes }
    const state = { format: 1, data, train, grid, objectives, runs: Object.fromEntries(known) }
    await writeFileAtomic(path, `${JSON.stringify(state, null, 2)}\n`)
  }
  await write()
  return {
    write,
    errorOf: (name: string) => known.get(name)?.error,
    async note({ name, status, error }: SweepRun) {
      known.set(name, { status, ...(error !== undefined && { error }) })
      if (performance.now() - writtenAt > 1000 * writeEvery) await write()
    },
  }
}

async function readState(path: string): Promise<z.output<typeof stateSchema> | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw fileError(error, path)
  })
  if (text === undefined) return undefined
  try {
    return stateSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new GlasshouseError({
      code: 'bad-sweep-state',
      what: 'this is not the state of a sweep',
      where: path,
      hint: 'Remove it to go on: the runs themselves say how they stand; or name another folder with --out',
      cause,
    })
  }
}

/** What a sweep fails with where none of its runs has finished; undefined otherwise. */
export function failureOf(findings: readonly SweepFinding[], folder: string): GlasshouseError | undefined {
  if (!findings.length || findings.some(({ status }) => status === 'finished')) return undefined
  const [first] = findings
  const diverged = findings.filter(({ status }) => status === 'diverged').length
  const how = diverged === findings.length ? 'diverged' : diverged ? 'failed or diverged' : 'failed'
  return new GlasshouseError({
    code: 'sweep-failed',
    what: findings.length > 1 ? `all ${findings.length} runs ${how}` : `the run ${how}`,
    where: folder,
    got: `${first.name}: ${first.error}`,
    fault: 'machine',
  })
}
