/**
 * A unit of work: one run of a sweep, or one shard of vectors. It is plain data with known fields, and nothing in it
 * is code. Its name is a hash of its content, so the same work has the same name wherever it is asked for.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import { stemOfShard } from '../../embedding/shard-name.ts'
import { fits } from '../../nets/architecture.ts'

const path = z
  .string()
  .min(1)
  .max(4096)
  .refine(text => !text.includes('\0'), 'a path cannot contain NUL')
const absolute = path.refine(
  text => text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(text),
  'not an absolute path',
)
/** A file or folder directly inside another one. */
const leaf = z.string().regex(/^[\w=+-][\w.=+-]{0,199}$/, 'not a name of a file')
const word = z.string().min(1).max(4096)
const whole = (least: number) => z.number().int().min(least)

const runUnit = z.strictObject({
  kind: z.literal('run'),
  /** of the sweep; the run goes into `runs/` inside it */
  folder: absolute,
  name: leaf,
  data: absolute,
  seed: whole(0),
  threads: whole(1).max(1024),
  /** options of train that were asked for; they are checked as those of the command line are */
  asked: z.record(z.string().max(100), z.unknown()),
})

const shardUnit = z.strictObject({
  kind: z.literal('shard'),
  /** of all shards */
  folder: absolute,
  model: word,
  data: absolute,
  seed: whole(0),
  threads: whole(1).max(1024),
  layer: word.optional(),
  split: z.enum(['train', 'val', 'test', 'all']),
  batch: whole(1).max(4096),
  strict: z.boolean(),
  shard: whole(1).max(1_000_000),
  index: whole(0),
  /** the name of what the shard is to hold; see `nameOfShard` */
  content: z.string().regex(/^[0-9a-f]{40}$/),
  wishes: z.strictObject({
    output: word.optional(),
    as: z.enum(['classes', 'embedding']).optional(),
    fit: z.enum(fits).optional(),
  }),
})

const unitSchema = z.discriminatedUnion('kind', [runUnit, shardUnit])

export type RunUnit = z.output<typeof runUnit>
export type ShardUnit = z.output<typeof shardUnit>
export type Unit = z.output<typeof unitSchema>

/** Checks what came from elsewhere. @throws GlasshouseError 'unit-refused' */
export function readUnit(data: unknown): Unit {
  const checked = unitSchema.safeParse(data)
  if (checked.success) return checked.data
  const { path: place, message } = checked.error.issues[0]
  throw refused(`${place.length ? `${place.join('.')}: ` : ''}${message}`)
}

export const refused = (what: string, where?: string): GlasshouseError =>
  new GlasshouseError({
    code: 'unit-refused',
    what: `this is no unit of work that is done here: ${what}`,
    where,
    hint: 'A worker does known kinds of work inside the folders that it was given with --folder',
  })

/** 40 hexadecimal digits. */
export const nameOfUnit = (unit: Unit): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(unit)))
    .digest('hex')
    .slice(0, 40)

/** The same whatever order the keys came in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, part]) => [key, sorted(part)])
}

/** What people call it; names it among the attempts, too. */
export const titleOf = (unit: Unit): string => (unit.kind === 'run' ? unit.name : stemOfShard(unit.index))
