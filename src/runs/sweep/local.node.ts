/**
 * Carries the runs of a sweep out, each as a process of its own, so many at once: what one of them does, diverging,
 * failing, running out of memory, leaves the others alone. How a run stands is read from its folder, so a sweep that
 * was killed goes on where it stood: what is finished or diverged stays, the rest is resumed or begun.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isRunFolder, readRecord } from '../folder.node.ts'
import { lastCheckpoint } from '../record.ts'
import type { PlannedRun } from './plan.ts'

export type SweepStatus = 'waiting' | 'running' | 'finished' | 'diverged' | 'failed'

export interface SweepRun extends PlannedRun {
  folder: string
  status: SweepStatus
  /** why it failed or diverged */
  error?: string
}

export interface SweepPlace {
  /** runs lie in here, each in a folder of its name */
  folder: string
  data: string
  threads: number
  parallel: number
  signal: AbortSignal
  /** called whenever a run has changed its status */
  changed(run: SweepRun): void | Promise<void>
}

const program = fileURLToPath(new URL('../../../bin/glasshouse.js', import.meta.url))

/**
 * Ends a run whose sweep is gone, since the next sweep would train in the same folder: the pipe to its standard
 * input closes with the process at the other end, however that ended.
 */
const endWithParent =
  "data:text/javascript,process.stdin.on('end',()=>process.exit(130)).resume();process.stdin.unref()"

/** Runs all that are not done; resolves when the last one has ended, rejects only where the sweep is stopped. */
export async function carryOutSweep(planned: readonly PlannedRun[], place: SweepPlace): Promise<SweepRun[]> {
  const runs: SweepRun[] = []
  for (const run of planned) {
    const folder = join(place.folder, run.name)
    runs.push({ ...run, folder, status: await standing(folder) })
  }
  const waiting = runs.filter(({ status }) => status === 'waiting')
  const worker = async () => {
    for (let run = waiting.shift(); run && !place.signal.aborted; run = waiting.shift()) {
      run.status = 'running'
      await place.changed(run)
      Object.assign(run, await carryOutRun(run, place))
      await place.changed(run)
    }
  }
  await Promise.all(Array.from({ length: place.parallel }, worker))
  place.signal.throwIfAborted()
  return runs
}

/** Finished and diverged runs stay as they are. */
async function standing(folder: string): Promise<SweepStatus> {
  if (!isRunFolder(folder)) return 'waiting'
  const { status } = await readRecord(folder)
  return status === 'finished' || status === 'diverged' ? status : 'waiting'
}

async function carryOutRun(
  run: SweepRun,
  { data, threads, signal }: SweepPlace,
): Promise<Pick<SweepRun, 'status' | 'error'>> {
  const { folder, words, seed } = run
  const begun = existsSync(join(folder, lastCheckpoint))
  // A run that was stopped before its first checkpoint has nothing to go on from.
  if (!begun) await rm(folder, { recursive: true, force: true })
  const task = begun ? ['--resume', folder] : [resolve(data), ...words, '--seed', String(seed)]
  const { code, complaint } = await trainProcess(
    [...task, '--threads', String(threads), '--out', folder, '--quiet'],
    signal,
  )
  if (code === 0) return { status: 'finished' }
  if (signal.aborted) return { status: 'waiting' }
  const record = isRunFolder(folder) ? await readRecord(folder) : undefined
  return {
    status: record?.status === 'diverged' ? 'diverged' : 'failed',
    error: complaint.replace(`${folder}: `, ''),
  }
}

/** One `train` as a process; its exit code, and the last that it said on standard error. */
function trainProcess(
  words: readonly string[],
  signal: AbortSignal,
): Promise<{ code: number | null; complaint: string }> {
  const child = spawn(process.execPath, ['--import', endWithParent, program, 'train', ...words], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // In a group of its own a Ctrl-C of the terminal reaches it once, from here.
    detached: process.platform !== 'win32',
  })
  let said = ''
  child.stderr.on('data', text => {
    said = (said + text).slice(-4000)
  })
  const stop = () => child.kill('SIGINT')
  signal.addEventListener('abort', stop, { once: true })
  return new Promise(done => {
    const end = (code: number | null, complaint: string) => {
      signal.removeEventListener('abort', stop)
      done({ code, complaint: complaint.replace(/^error: /, '') })
    }
    child.on('error', error => end(null, error.message))
    child.on('close', (code, killedBy) =>
      end(code, said.trim().split('\n').at(-1) || `the process was ended by ${killedBy ?? `code ${code}`}`),
    )
  })
}
