/**
 * The runs of the runs folder, listed again and again: what has not changed since the last time is not read again. One
 * listing serves everybody who asks at the same time.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { joined } from '../base/concurrent.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import { createWork, type Work } from '../base/work.ts'
import { createRunMemory, listRuns, sortedRuns } from '../runs/list.node.ts'
import type { ListedRun } from '../runs/list-page.ts'

export interface RunCatalogue {
  /** the latest first; empty where there is no runs folder yet */
  list(): Promise<ListedRun[]>
  /**
   * All runs where they are read within `patience` milliseconds; else those that are known. The first time it does not
   * wait longer than until there is enough to fill a page. `isWhole` where that is all; the reading goes on.
   */
  soon(patience: number): Promise<{ runs: ListedRun[]; isWhole: boolean }>
}

/** Runs that fill a page. */
const enough = 60

/** @param file where the memory is kept between two studios; none where nothing may be written */
export function createCatalogue(
  folder: string,
  { signal }: Pick<Work, 'signal'>,
  file?: string,
): RunCatalogue {
  const memory = createRunMemory()
  const listing = joined<ListedRun[]>()
  let isRead = file === undefined
  let kept = ''
  let last: ListedRun[] | undefined
  let haveEnough = () => {}
  const pageFull = new Promise<void>(done => {
    haveEnough = done
  })
  const list = async () => {
    if (!isRead && file !== undefined)
      for (const [place, entry] of await entriesIn(file)) memory.set(place, entry)
    isRead = true
    if (memory.size >= enough) haveEnough()
    const emit: Work['emit'] = event => {
      if (event.kind === 'progress' && event.done >= enough) haveEnough()
    }
    const runs = await listRuns(folder, createWork({ signal, emit }), memory)
    const here = new Set(runs.map(({ name }) => join(folder, name)))
    for (const place of memory.keys()) if (!here.has(place)) memory.delete(place)
    // A run that is at work changes with every step: the file is not written for that.
    const lasting = [...memory].filter(([, { run }]) => run.state !== 'running')
    const stamps = lasting.map(([place, { stamp }]) => `${place} ${stamp}`).join('\n')
    if (file !== undefined && stamps !== kept) await writeFileAtomic(file, JSON.stringify(lasting))
    kept = stamps
    last = runs
    return runs
  }
  const all = () => (existsSync(folder) ? listing(folder, list) : Promise.resolve([]))
  return {
    list: all,
    async soon(patience) {
      const whole = all().then(runs => ({ runs, isWhole: true }))
      const early = Promise.race([setTimeout(patience), ...(last ? [] : [pageFull])]).then(() => ({
        runs: last ?? sortedRuns([...memory.values()].map(({ run }) => run)),
        isWhole: false,
      }))
      return Promise.race([whole, early])
    },
  }
}

const count = z.number().optional()
const word = z.string().optional()
const listedRun: z.ZodType<ListedRun> = z.object({
  name: z.string(),
  command: z.string(),
  net: word,
  objective: word,
  data: word,
  sources: z.array(z.string()).optional(),
  score: count,
  measure: z.enum(['accuracy', 'recall at 1']).optional(),
  state: z.enum(['running', 'finished', 'stopped', 'diverged', 'interrupted', 'damaged']),
  epochs: count,
  ofEpochs: count,
  curve: z.array(z.number()),
  changed: z.number(),
  fault: word,
})
const entries = z.array(z.tuple([z.string(), z.object({ stamp: z.string(), run: listedRun })]))

/** What an earlier studio kept; nothing where that cannot be read. */
const entriesIn = async (file: string): Promise<z.output<typeof entries>> =>
  readFile(file, 'utf8')
    .then(text => entries.parse(JSON.parse(text)))
    .catch(() => [])
