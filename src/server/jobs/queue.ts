/** The jobs of the studio. */
import type { Job, QueueSettings } from '../api.ts'

export interface JobQueue {
  settings(): QueueSettings
  list(): Job[]
  /** the job that made a run */
  jobOf(run: string): string | undefined
}

export const createQueue = (): JobQueue => ({
  settings: () => ({ atOnce: 1 }),
  list: () => [],
  jobOf: () => undefined,
})
