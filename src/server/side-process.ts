/**
 * Short work in a process of its own, so that a large or damaged file neither holds the server up nor takes it along:
 * a command line, and the result.json that it leaves.
 */
import { join } from 'node:path'
import { turns } from '../base/concurrent.ts'
import { GlasshouseError } from '../base/errors.ts'
import type { WorkEvent } from '../base/work.ts'
import type { CommandResult } from '../runs/result.ts'
import type { Folders } from './folders.ts'
import { startProcess } from './jobs/job-process.ts'
import { readResult } from './run-detail.ts'

export interface SideResult extends CommandResult {
  notes: string[]
}

/** At the same time, for all readers. */
const take = turns(2)
/** Milliseconds after which it is given up. */
const patience = 180_000

/** @param folder where it leaves its results */
export function runAside(
  words: readonly string[],
  folder: string,
  { base, readable }: Pick<Folders, 'base' | 'readable'>,
  signal: AbortSignal,
): Promise<SideResult> {
  return take(signal, async () => {
    const notes: string[] = []
    const emit = (event: WorkEvent) => {
      if (event.kind === 'note') notes.push(event.text)
    }
    const log = join(folder, 'log.txt')
    const process = startProcess([...words, '--out', folder], base, log, { emit }, readable())
    const timer = setTimeout(process.stop, patience)
    signal.addEventListener('abort', process.stop, { once: true })
    const failure = await process.ended
    clearTimeout(timer)
    signal.removeEventListener('abort', process.stop)
    const result = failure ? undefined : await readResult(folder)
    if (result) return { ...result, notes }
    signal.throwIfAborted()
    throw (
      failure ??
      new GlasshouseError({ code: 'job-failed', what: 'the process left no result', fault: 'machine' })
    )
  })
}
