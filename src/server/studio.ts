/** What the routes of the studio share: where it may read, what it may start, and what it remembers. */
import type { Work } from '../base/work.ts'
import type { DataIndexes } from './data-index.ts'
import type { Events } from './events.ts'
import type { Folders } from './folders.ts'
import type { JobQueue } from './jobs/queue.ts'
import type { RunCatalogue } from './run-catalogue.ts'

export interface Studio {
  readonly readOnly: boolean
  readonly folders: Folders
  readonly indexes: DataIndexes
  readonly catalogue: RunCatalogue
  readonly queue: JobQueue
  readonly events: Events
  /** the folder of the built page, and of the studio's own files in the runs folder */
  readonly page: string
  readonly own: string
  /** of everything that a request computes; aborted when the studio stops */
  readonly work: Work
}
