/**
 * Which images go into which shard. Whoever asks for the shards has read the data; those who make one of them read its
 * rows only, from `plan/` in the folder of shards: `rows.jsonl` with an image on a line, and `plan.json`, which says
 * where in it each shard begins. It is removed when all shards are there.
 */
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, makeFolder, readRegular, writeFileAtomic } from '../base/files.node.ts'
import { temporaryName } from '../base/leftovers.node.ts'
import type { Work } from '../base/work.ts'
import type { Dataset, Item } from '../data/dataset.ts'
import type { LongList } from '../data/long-list.node.ts'
import {
  nameOfShard,
  readManifest,
  rowsOfShard,
  type ShardManifest,
  shardCount,
} from '../embedding/vector-shards.node.ts'

/** `found`: what is known of the file, where it was opened already. */
export interface PlannedImage {
  id: number
  path: string
  label: string
  found?: Pick<Item, 'bytes' | 'hash' | 'width' | 'height'>
}

export interface ShardRows {
  /** paths begin there */
  root: string
  /** the images of all shards together, from `first` up to but without `end` */
  read(first: number, end: number): Promise<PlannedImage[]>
}

export const rowsOfDataset = ({ root, items, classes }: Dataset, indices: Int32Array): ShardRows => ({
  root,
  read: async (first, end) =>
    Array.from(indices.subarray(first, end), id => {
      const { path, label, bytes, hash, width, height } = items[id]
      return { id, path, label: classes[label], found: { bytes, hash, width, height } }
    }),
})

export const rowsOfList = ({ root, row }: LongList, indices: Int32Array): ShardRows => ({
  root,
  read: async (first, end) => Array.from(indices.subarray(first, end), id => ({ id, ...row(id) })),
})

const rowSchema = z.union([
  z.tuple([z.int(), z.string(), z.string()]),
  z.tuple([z.int(), z.string(), z.string(), z.number(), z.string(), z.number(), z.number()]),
])
const planSchema = z.object({ of: z.string(), root: z.string(), starts: z.array(z.int().min(0)) })

const planIn = (folder: string) => join(folder, 'plan')
const [planName, rowsName] = ['plan.json', 'rows.jsonl']

export const hasPlan = (folder: string): boolean => existsSync(join(planIn(folder), planName))

export const removePlan = (folder: string): Promise<void> =>
  rm(planIn(folder), { recursive: true, force: true, maxRetries: 3 })

/** Writes the rows of all shards, unless they are there. */
export async function writePlan(
  folder: string,
  manifest: ShardManifest,
  { root, read }: ShardRows,
  { signal }: Work,
): Promise<void> {
  const of = nameOfShard(manifest, 0)
  if (hasPlan(folder) && (await readPlan(folder)).of === of) return
  const place = await makeFolder(planIn(folder))
  const path = join(place, rowsName)
  const temporary = temporaryName(path)
  const starts: number[] = []
  let written = 0
  try {
    const file = await open(temporary, 'w')
    try {
      for (let index = 0; index < shardCount(manifest); index++) {
        signal.throwIfAborted()
        starts.push(written)
        const { first, end } = rowsOfShard(manifest, index)
        const lines = (await read(first, end)).map(({ id, path, label, found }) => {
          const known = found ? [found.bytes, found.hash, found.width, found.height] : []
          return `${JSON.stringify([id, path, label, ...known])}\n`
        })
        const bytes = Buffer.from(lines.join(''))
        await file.writeFile(bytes)
        written += bytes.length
      }
      starts.push(written)
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw fileError(error, path)
  }
  await writeFileAtomic(join(place, planName), JSON.stringify({ of, root, starts }))
}

/** What there is to be in a folder of shards, and its rows, read from its plan. */
export async function openPlan(folder: string): Promise<{ manifest: ShardManifest; rows: ShardRows }> {
  const manifest = await readManifest(folder)
  const { of, root, starts } = await readPlan(folder)
  const path = join(planIn(folder), rowsName)
  if (of !== nameOfShard(manifest, 0) || starts.length !== shardCount(manifest) + 1)
    throw unfit(folder, 'the plan is of other shards than the manifest')
  const { shard } = manifest
  const read = async (first: number, end: number) => {
    const [from, last] = [Math.floor(first / shard), Math.ceil(end / shard)]
    const file = await open(path).catch(error => {
      throw fileError(error, path)
    })
    try {
      const bytes = Buffer.alloc(starts[last] - starts[from])
      await file.read(bytes, 0, bytes.length, starts[from])
      const lines = bytes.toString().trimEnd().split('\n')
      return lines.slice(first - from * shard, end - from * shard).map(line => imageOf(line, path))
    } finally {
      await file.close()
    }
  }
  return { manifest, rows: { root, read } }
}

function imageOf(line: string, where: string): PlannedImage {
  try {
    const [id, path, label, bytes, hash, width, height] = rowSchema.parse(JSON.parse(line))
    if (bytes === undefined || hash === undefined || width === undefined || height === undefined)
      return { id, path, label }
    return { id, path, label, found: { bytes, hash, width, height } }
  } catch (cause) {
    throw unfit(where, 'the plan is damaged', cause)
  }
}

async function readPlan(folder: string): Promise<z.output<typeof planSchema>> {
  const path = join(planIn(folder), planName)
  const text = (await readRegular(path, 2 ** 28)).toString()
  try {
    return planSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw unfit(path, 'this is not the plan of shards', cause)
  }
}

const unfit = (where: string, what: string, cause?: unknown): GlasshouseError =>
  new GlasshouseError({
    code: 'vectors-unreadable',
    what,
    where,
    hint: 'Leave out --plan, or remove the folder plan/ and run the embed command again',
    cause,
  })
