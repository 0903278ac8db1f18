/**
 * Vectors in many files: a folder with manifest.json, which says what the vectors are of, and `shards/` with Arrow
 * files of a fixed number of rows each, in the order of the data. Every shard carries the name of what it holds, made
 * of its content, so that a shard of other data or of another model is never taken for one of its own. A shard is
 * written under a temporary name and renamed: it is there whole, or not at all.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { sha256Of } from '../base/digest.node.ts'
import { GlasshouseError } from '../base/errors.ts'
import { readRegular, writeFileAtomic, writeInside } from '../base/files.node.ts'
import { readBytes } from '../weights/file.node.ts'
import { stemOfShard } from './shard-name.ts'
import { decodeVectors, encodeVectors, type Vectors } from './vectors.ts'

const count = z.number().int().min(1)
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/)

const manifestSchema = z.looseObject({
  format: z.literal(1),
  kind: z.literal('vectors'),
  /** rows of all shards together; an image of a list that cannot be read leaves its own out */
  images: count,
  dim: count,
  /** rows of each shard; the last one has what is left */
  shard: count,
  /** images at once: the last bits of a vector can depend on it */
  batch: count,
  /** `fingerprint`: SHA-256 over the graph and its parameters */
  model: z.object({ source: z.string(), layer: z.string(), fingerprint }),
  /** `fingerprint`: SHA-256 over the images, or over the list that names them, and which were chosen, in their order */
  data: z.object({ source: z.string(), split: z.string(), fingerprint }),
})

export type ShardManifest = z.output<typeof manifestSchema>

export const manifestName = 'manifest.json'

export const shardName = (index: number): string => join('shards', `${stemOfShard(index)}.arrow`)

/** Whether a path is a folder of vectors in shards. */
export const isShardFolder = (path: string): boolean => existsSync(join(path, manifestName))

export const shardCount = ({ images, shard }: Pick<ShardManifest, 'images' | 'shard'>): number =>
  Math.ceil(images / shard)

/** The rows of a shard, from `first` up to but without `end`. */
export const rowsOfShard = ({ images, shard }: Pick<ShardManifest, 'images' | 'shard'>, index: number) => ({
  first: index * shard,
  end: Math.min((index + 1) * shard, images),
})

/** How many rows these shards have together. */
export const imagesIn = (
  manifest: Pick<ShardManifest, 'images' | 'shard'>,
  indices: readonly number[],
): number =>
  indices.reduce((sum, index) => {
    const { first, end } = rowsOfShard(manifest, index)
    return sum + end - first
  }, 0)

/** The name of what a shard holds, from all that it depends on: 40 hexadecimal digits. */
export function nameOfShard(manifest: ShardManifest, index: number): string {
  const { images, dim, shard, batch, model, data } = manifest
  const made = [1, images, dim, shard, batch, model.layer, model.fingerprint, data.fingerprint, index]
  return sha256Of(JSON.stringify(made)).slice(0, 40)
}

/** @throws GlasshouseError 'vectors-unreadable' where the file is no manifest */
export async function readManifest(folder: string): Promise<ShardManifest> {
  const path = join(folder, manifestName)
  const text = (await readRegular(path, 2 ** 20)).toString()
  try {
    return manifestSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new GlasshouseError({
      code: 'vectors-unreadable',
      what: 'this is not the manifest of vectors in shards',
      where: path,
      expected: 'the manifest.json that embed --shard writes',
      cause,
    })
  }
}

/** Writes the manifest, or sees that the one that is there says the same. @throws GlasshouseError 'shards-differ' */
export async function settleManifest(folder: string, manifest: ShardManifest): Promise<void> {
  if (isShardFolder(folder)) return requireSame(folder, await readManifest(folder), manifest)
  await writeFileAtomic(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** @throws GlasshouseError 'shards-differ' where the vectors of a folder are not those that are to be made */
export function requireSame(folder: string, before: ShardManifest, now: ShardManifest): void {
  const different = differenceOf(before, now)
  if (different === undefined) return
  throw new GlasshouseError({
    code: 'shards-differ',
    what: `the folder holds vectors of ${different}`,
    where: join(folder, manifestName),
    hint: 'Name another folder with --out, or remove this one',
  })
}

function differenceOf(before: ShardManifest, now: ShardManifest): string | undefined {
  if (nameOfShard(before, 0) === nameOfShard(now, 0)) return undefined
  if (before.data.fingerprint !== now.data.fingerprint) return `other data (${before.data.source})`
  if (before.model.layer !== now.model.layer) return `another layer, ${before.model.layer}`
  if (before.model.fingerprint !== now.model.fingerprint) return `another model (${before.model.source})`
  if (before.shard !== now.shard) return `${before.shard} images in each shard, not ${now.shard}`
  return `${before.batch} images at once, not ${now.batch}`
}

/** @param leftOut images of the shard that could not be read */
export const writeShard = (
  folder: string,
  manifest: ShardManifest,
  index: number,
  vectors: Vectors,
  leftOut = 0,
): Promise<void> => {
  const metadata = new Map([[metadataKey, nameOfShard(manifest, index)]])
  if (leftOut > 0) metadata.set(leftOutKey, String(leftOut))
  return writeInside(folder, shardName(index), encodeVectors(vectors, metadata))
}

const metadataKey = 'glasshouse.shard'
const leftOutKey = 'glasshouse.left-out'

/** A shard that is there. @throws GlasshouseError 'shards-differ' where it is of something else, or damaged */
export async function readShard(
  folder: string,
  manifest: ShardManifest,
  index: number,
  texts = true,
): Promise<Vectors> {
  const path = join(folder, shardName(index))
  const { first, end } = rowsOfShard(manifest, index)
  let leftOut = 0
  const vectors = decodeVectors(
    await readBytes(path),
    path,
    metadata => {
      leftOut = Number(metadata.get(leftOutKey) ?? 0)
      if (metadata.get(metadataKey) !== nameOfShard(manifest, index))
        throw foreignShard(path, 'the shard is of other data or of another model than the manifest says')
    },
    texts,
  )
  if (vectors.ids.length !== end - first - leftOut || vectors.dim !== manifest.dim)
    throw foreignShard(path, 'the shard has another size than the manifest says')
  return vectors
}

const foreignShard = (where: string, what: string): GlasshouseError =>
  new GlasshouseError({
    code: 'shards-differ',
    what,
    where,
    hint: 'Remove the shard and run the embed command again with the same --out: it makes what is missing',
  })

/** The numbers of the shards that are there, ascending. */
export const presentShards = (folder: string, manifest: ShardManifest): number[] =>
  Array.from({ length: shardCount(manifest) }, (_, index) => index).filter(index =>
    existsSync(join(folder, shardName(index))),
  )

/**
 * All shards one after another, in their order; one at a time is held.
 *
 * @param texts whether paths and labels are wanted, which take longer to read than vectors
 */
export async function* readShards(folder: string, texts = true): AsyncGenerator<Vectors> {
  const manifest = await readManifest(folder)
  requireComplete(folder, manifest)
  for (let index = 0; index < shardCount(manifest); index++)
    yield await readShard(folder, manifest, index, texts)
}

/** The shards joined: the matrix is held once, the files one at a time. */
export async function joinShards(folder: string): Promise<Vectors> {
  const { images, dim } = await readManifest(folder)
  const ids = new Int32Array(images)
  const data = new Float32Array(images * dim)
  const paths: string[] = []
  const labels: string[] = []
  for await (const part of readShards(folder)) {
    ids.set(part.ids, paths.length)
    data.set(part.data, paths.length * dim)
    for (let row = 0; row < part.ids.length; row++) {
      paths.push(part.paths?.[row] ?? '')
      labels.push(part.labels?.[row] ?? '')
    }
  }
  // Images of a list that could not be read have no row.
  const rows = paths.length
  return { ids: ids.subarray(0, rows), paths, labels, dim, data: data.subarray(0, rows * dim) }
}

function requireComplete(folder: string, manifest: ShardManifest): void {
  const all = shardCount(manifest)
  const missing = all - presentShards(folder, manifest).length
  if (missing === 0) return
  throw new GlasshouseError({
    code: 'shards-missing',
    what: `${missing} of ${all} shards are not there yet`,
    where: folder,
    hint: `Run the embed command again with --out ${folder}: it makes what is missing`,
  })
}
