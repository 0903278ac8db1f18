/**
 * Where the runs of a sweep are carried out: in this process, as processes of this machine, by a batch system. A runner
 * trains one run in its folder and says how it ended; how many run at once, and in which order, is the sweep's business.
 */
import type { Work } from '../../base/work.ts'
import type { PlannedRun } from './plan.ts'

export type SweepStatus = 'waiting' | 'running' | 'finished' | 'diverged' | 'failed'

export interface RunTask extends PlannedRun {
  folder: string
  data: string
  /** whether the folder holds a run that was begun, to go on with */
  begun: boolean
  threads: number
}

export interface RunEnd {
  /** 'waiting' where the run was stopped and can go on */
  status: Exclude<SweepStatus, 'running'>
  /** why it failed or diverged */
  error?: string
  /** how many times it was begun; once unless said */
  attempts?: number
}

export interface Runner {
  /** it sees to the folders of runs by itself: others may be at work in them */
  readonly ownFolders?: boolean
  /** Never rejects for what happens in the run itself. The events of the run go into `work`, as far as it is watched. */
  run(task: RunTask, work: Work): Promise<RunEnd>
}

/** The same runner, and how many attempts it has made. */
export function countAttempts(runner: Runner): Runner & { attempts(): number } {
  let attempts = 0
  return {
    ownFolders: runner.ownFolders,
    async run(task, work) {
      const end = await runner.run(task, work)
      attempts += end.attempts ?? 1
      return end
    },
    attempts: () => attempts,
  }
}
