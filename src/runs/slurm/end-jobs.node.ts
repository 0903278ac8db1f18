/** What becomes of the jobs of a folder when there is nothing left to do. */
import { setTimeout } from 'node:timers/promises'
import { note, type Work } from '../../base/work.ts'
import { cancelJobs, liveJobs } from './commands.node.ts'

export const wordsToStop = (name: string): string => `scancel --name=${name}`

/** Milliseconds after which a worker that has not left is ended: it sees within a second or two that nothing is left. */
const untilEnded = 5000
const untilGone = 60_000

/**
 * All units are done: until no job is left. Asking once is not enough, as a job that runs at that moment may be queued
 * again by Slurm, after its node has failed, and would begin when there is nothing to do.
 */
export async function endJobs(name: string, work: Work): Promise<void> {
  const began = performance.now()
  const since = () => performance.now() - began
  while (since() < untilGone) {
    const live = await liveJobs(name).catch(() => undefined)
    if (live && live.running + live.pending === 0) return
    if (since() > untilEnded) await cancelJobs(name, 'all').catch(() => {})
    else if (live?.pending) await cancelJobs(name, 'pending').catch(() => {})
    await setTimeout(500)
  }
  note(work, `All is done, and Slurm still has jobs that were to do it; ${wordsToStop(name)} takes them away`)
}
