/**
 * What a cluster wants to know of its jobs: a small file, `cluster.json`, whose fields can also be given one by one.
 * All of it becomes part of a batch script, so every field is of a form that stays inside its line.
 */
import { z } from 'zod'
import { meantBy } from '../../base/closest.ts'
import { GlasshouseError } from '../../base/errors.ts'

const word = (what: string) => z.string().regex(/^[\w.,:@/+=*&|[\]-]{1,200}$/, `not ${what}`)
/** As sbatch reads it: minutes, M:S, H:M:S, D-H, D-H:M, D-H:M:S. */
const time = z
  .string()
  .regex(
    /^(\d{1,6}|\d+:\d{1,2}(:\d{1,2})?|\d+-\d{1,2}(:\d{1,2}){0,2})$/,
    'not a time such as 4:00:00 or 1-12:00:00',
  )
const memory = z.string().regex(/^\d+[KMGT]?$/, 'not a size such as 16G')
const line = z
  .string()
  .max(4096)
  .regex(/^[^\0\r\n]*$/, 'not one line')

export const clusterSchema = z.strictObject({
  partition: word('the name of a partition').optional(),
  account: word('the name of an account').optional(),
  qos: word('the name of a quality of service').optional(),
  constraint: word('a constraint').optional(),
  /** of one job, which does one unit after another */
  time: time.optional(),
  memory: memory.optional(),
  gpus: word('a number of GPUs such as 1 or a100:1').optional(),
  /** cores of each job; as many as a unit has threads unless given */
  cpus: z.number().int().min(1).max(1024).optional(),
  /** seconds before the time limit at which a job comes to its checkpoint and leaves */
  warning: z.number().int().min(10).max(7200).default(120),
  /** loaded by `module load` */
  modules: z.array(word('the name of a module')).default([]),
  /** lines of shell that run before the work */
  prologue: z.array(line).default([]),
  /** further options of sbatch, such as --exclusive */
  options: z.array(line.regex(/^--/, 'does not begin with --')).default([]),
  /** how glasshouse is started on a node; the program that is running unless given */
  program: z.array(line.min(1)).min(1).optional(),
})

export type Cluster = z.output<typeof clusterSchema>
export type ClusterFlags = Pick<Cluster, 'partition' | 'account' | 'time' | 'memory' | 'gpus'>

/**
 * @param text of cluster.json
 * @throws GlasshouseError 'bad-cluster'
 */
export function readCluster(text: string, where: string): Cluster {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw bad(`this is no JSON: ${(error as Error).message}`, where)
  }
  const checked = clusterSchema.safeParse(json)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys
    throw bad(`there is no field '${key}'`, where, meantBy(key, Object.keys(clusterSchema.shape)))
  }
  throw bad(issue.path.length ? `${issue.path.join('.')}: ${issue.message}` : issue.message, where)
}

/** What was given one by one holds before what is in the file. */
export function withFlags(cluster: Cluster, flags: ClusterFlags): Cluster {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  const checked = clusterSchema.safeParse({ ...cluster, ...given })
  if (checked.success) return checked.data
  const { path, message } = checked.error.issues[0]
  throw new GlasshouseError({
    code: 'option-value',
    what: message,
    path: ['options', String(path[0])],
    got: String(given[String(path[0])]),
  })
}

const bad = (what: string, where: string, hint?: string): GlasshouseError =>
  new GlasshouseError({
    code: 'bad-cluster',
    what,
    where,
    hint:
      hint ??
      'For example {"partition": "cpu", "time": "4:00:00", "memory": "16G", "modules": ["nodejs/22"]}',
  })
