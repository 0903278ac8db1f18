/** How an objective of the user's own is asked for: by the path of its file. `own.node.ts` opens it. */
import type { Objective } from './objective.ts'

/** What `--objective` takes in place of a name. */
export const objectiveFile = /\.[cm]?[jt]s$/

export const isObjectiveFile = (asked: string): boolean => objectiveFile.test(asked)

/** An objective and, where it is the user's own, the file that it came from. */
export interface ChosenObjective {
  objective: Objective
  file?: OwnFile
}

export interface OwnFile {
  /** absolute */
  path: string
  /** of the file and all that it imports, but for Glasshouse and zod */
  sha256: string
}
