/** Jobs on the disk: a file for each, written whole, so that a server that is killed finds all of them again. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../../base/files.node.ts'
import { askedSchema } from '../asked-schema.ts'

const errorSchema = z.looseObject({ code: z.string(), message: z.string() })

const storedJob = z.object({
  format: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  asked: askedSchema,
  /** without --out */
  words: z.array(z.string()).min(1),
  line: z.string(),
  /** of its results, below the runs folder */
  run: z.string().min(1),
  /** it was cancelled before it had results, and its folder is gone: another run may have the name by now */
  released: z.literal(true).optional(),
  state: z.enum(['waiting', 'running', 'finished', 'failed', 'cancelled']),
  created: z.number(),
  started: z.number().optional(),
  ended: z.number().optional(),
  attempts: z.number().int(),
  /** of the process that carries it out, while it runs */
  pid: z.number().int().optional(),
  error: errorSchema.optional(),
})

export type StoredJob = z.output<typeof storedJob>

export interface JobStore {
  /** the oldest first; what cannot be read is left where it is */
  all(): Promise<{ jobs: StoredJob[]; damaged: string[] }>
  /** resolves when it is on the disk; of one job one after the other */
  write(job: StoredJob): Promise<void>
  remove(id: string): Promise<void>
  logFile(id: string): string
  /** of a sweep that was filled in on the page */
  specFile(id: string): string
  readonly settings: { read(): Promise<unknown>; write(value: unknown): Promise<void> }
}

export function createJobStore(own: string): JobStore {
  const folder = join(own, 'jobs')
  const fileOf = (id: string) => join(folder, `${id}.json`)
  const settingsFile = join(own, 'queue.json')
  const writing = new Map<string, Promise<void>>()
  return {
    async all() {
      await mkdir(folder, { recursive: true })
      const jobs: StoredJob[] = []
      const damaged: string[] = []
      for (const name of await readdir(folder)) {
        if (!/^[a-z0-9-]+\.json$/.test(name)) continue
        const job = await readFile(join(folder, name), 'utf8')
          .then(text => storedJob.parse(JSON.parse(text)))
          .catch(() => undefined)
        if (job && `${job.id}.json` === name) jobs.push(job)
        else damaged.push(join(folder, name))
      }
      return { jobs: jobs.sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1)), damaged }
    },
    write(job) {
      const text = `${JSON.stringify(job, null, 1)}\n`
      const before = writing.get(job.id) ?? Promise.resolve()
      const written = before.catch(() => {}).then(() => writeFileAtomic(fileOf(job.id), text))
      writing.set(job.id, written)
      return written
    },
    async remove(id) {
      await writing.get(id)?.catch(() => {})
      writing.delete(id)
      for (const ending of ['json', 'log', 'spec']) await rm(join(folder, `${id}.${ending}`), { force: true })
    },
    logFile: id => join(folder, `${id}.log`),
    specFile: id => join(folder, `${id}.spec`),
    settings: {
      read: async () => {
        try {
          return JSON.parse(await readFile(settingsFile, 'utf8'))
        } catch {
          return undefined
        }
      },
      write: value => writeFileAtomic(settingsFile, `${JSON.stringify(value)}\n`),
    },
  }
}
