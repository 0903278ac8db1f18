/**
 * The runs of the runs folder, listed again and again: what has not changed since the last time is not read again. One
 * listing serves everybody who asks at the same time.
 */
import { existsSync } from 'node:fs'
import { createWork, type Work } from '../base/work.ts'
import { createRunMemory, listRuns } from '../runs/list.node.ts'
import type { ListedRun } from '../runs/list-page.ts'

export interface RunCatalogue {
  /** the latest first; empty where there is no runs folder yet */
  list(): Promise<ListedRun[]>
}

export function createCatalogue(folder: string, { signal }: Pick<Work, 'signal'>): RunCatalogue {
  const memory = createRunMemory()
  let listing: Promise<ListedRun[]> | undefined
  return {
    list() {
      if (!existsSync(folder)) return Promise.resolve([])
      listing ??= listRuns(folder, createWork({ signal }), memory).finally(() => {
        listing = undefined
      })
      return listing
    },
  }
}
