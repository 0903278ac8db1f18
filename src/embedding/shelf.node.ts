/**
 * A folder of vectors in shards that is searched without being held: exactly, a shard at a time, or by an index beside
 * the shards, which is built when it is first asked for.
 */
import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readRegular, writeFileAtomic } from '../base/files.node.ts'
import { temporaryName } from '../base/leftovers.node.ts'
import { inStage, type Work } from '../base/work.ts'
import type { Engine } from '../runtime/engine.ts'
import { inverseLengths } from './ranking.ts'
import { type Nearest, searchRows } from './search.ts'
import { openVectorIndex, type VectorIndex } from './vector-index.node.ts'
import { nameOfShard, readManifest, readShard, readShards, type ShardManifest } from './vector-shards.node.ts'
import type { Vectors } from './vectors.ts'

export const searchWays = ['exact', 'approximate'] as const
export type SearchWay = (typeof searchWays)[number]

export interface Shelf {
  manifest: ShardManifest
  /** the nearest rows by cosine, of each query */
  nearest(engine: Engine, queries: Float32Array, depth: number, way: SearchWay): Promise<Nearest>
  /** paths and labels of rows, in the order of `places` */
  describe(places: ArrayLike<number>): Promise<{ path: string; label: string }[]>
}

export async function openShelf(folder: string, work: Work): Promise<Shelf> {
  const manifest = await readManifest(folder)
  const { dim, images: total } = manifest
  /** rows of each shard, once they are known: those of images that could not be read are missing */
  let counts: readonly number[] | undefined
  const rowCounts = async (): Promise<readonly number[]> => (counts ??= await countsIn(folder))
  return {
    manifest,
    async nearest(engine, queries, depth, way) {
      if (way === 'approximate') {
        const { index, counts: known } = await indexOf(folder, manifest, work)
        counts = known
        const candidates = index.candidates(queries, candidatesFor(depth))
        return rerank(folder, manifest, known, queries, candidates, depth)
      }
      const read: number[] = []
      const gallery = blocksOf(folder, read)
      const found = await searchRows(engine, { queries, dim, gallery, total, depth, work })
      counts = read
      return found
    },
    async describe(places) {
      const found: { path: string; label: string }[] = []
      await eachRow(folder, manifest, await rowCounts(), places, (vectors, row, at) => {
        found[at] = { path: vectors.paths?.[row] ?? '', label: vectors.labels?.[row] ?? '' }
      })
      return found
    },
  }
}

/** Rows that the index names and that are compared exactly: 16 bits put near ones in a wrong order. */
const candidatesFor = (depth: number): number => Math.max(64, 4 * depth)

/** @param counts gets the rows of each */
async function* blocksOf(folder: string, counts: number[]): AsyncGenerator<Float32Array> {
  for await (const { data, ids } of readShards(folder, false)) {
    counts.push(ids.length)
    yield data
  }
}

async function countsIn(folder: string): Promise<number[]> {
  const counts: number[] = []
  for await (const _ of blocksOf(folder, counts));
  return counts
}

const indexName = 'index.usearch'
const noteSchema = z.object({ of: z.string(), bytes: z.number(), counts: z.array(z.int().min(0)) })

interface IndexOfShards {
  index: VectorIndex
  /** rows of each shard */
  counts: readonly number[]
}

/** The index beside the shards; one that is missing, or of other shards, is built. */
async function indexOf(folder: string, manifest: ShardManifest, work: Work): Promise<IndexOfShards> {
  const path = join(folder, indexName)
  const of = nameOfShard(manifest, 0)
  const known = await countsNoted(path, of)
  if (known) return { index: openVectorIndex(manifest.dim, path), counts: known }
  const counts: number[] = []
  const index = openVectorIndex(manifest.dim)
  await inStage(work, 'index', manifest.images, async update => {
    for await (const rows of blocksOf(folder, counts)) {
      work.signal.throwIfAborted()
      index.add(rows)
      update(index.size)
    }
  })
  const temporary = temporaryName(path)
  index.save(temporary)
  await rename(temporary, path)
  const { size: bytes } = await stat(path)
  await writeFileAtomic(`${path}.json`, `${JSON.stringify({ of, bytes, counts })}\n`)
  return { index, counts }
}

/** The rows of each shard of an index that is there; undefined where there is none, or one of other shards. */
async function countsNoted(path: string, of: string): Promise<number[] | undefined> {
  try {
    const note = noteSchema.parse(JSON.parse((await readRegular(`${path}.json`, 2 ** 26)).toString()))
    return note.of === of && note.bytes === (await stat(path)).size ? note.counts : undefined
  } catch {
    return undefined
  }
}

/** Candidates by their exact cosines; equal ones by place. */
async function rerank(
  folder: string,
  manifest: ShardManifest,
  counts: readonly number[],
  queries: Float32Array,
  candidates: Int32Array,
  depth: number,
): Promise<Nearest> {
  const { dim } = manifest
  const count = queries.length / dim
  const width = candidates.length / Math.max(1, count)
  const cosines = new Float64Array(candidates.length).fill(Number.NEGATIVE_INFINITY)
  const lengths = inverseLengths(queries, dim)
  await eachRow(folder, manifest, counts, candidates, ({ data }, row, at) => {
    const query = Math.floor(at / width)
    const own = data.subarray(row * dim, (row + 1) * dim)
    const [length] = inverseLengths(own, dim)
    let sum = 0
    for (let d = 0; d < dim; d++) sum += own[d] * queries[query * dim + d]
    cosines[at] = sum * length * lengths[query]
  })
  const places = new Int32Array(count * depth).fill(-1)
  const similarities = new Float32Array(count * depth).fill(Number.NEGATIVE_INFINITY)
  for (let query = 0; query < count; query++) {
    const order = Array.from({ length: width }, (_, rank) => query * width + rank)
      .filter(at => candidates[at] >= 0)
      .sort((a, b) => cosines[b] - cosines[a] || candidates[a] - candidates[b])
    for (const [rank, at] of order.slice(0, depth).entries()) {
      places[query * depth + rank] = candidates[at]
      similarities[query * depth + rank] = cosines[at]
    }
  }
  return { places, similarities, depth }
}

/** Each row that is named, shard by shard. @param read gets the shard, the row in it, and which of `places` it is */
async function eachRow(
  folder: string,
  manifest: ShardManifest,
  counts: readonly number[],
  places: ArrayLike<number>,
  read: (vectors: Vectors, row: number, at: number) => void,
): Promise<void> {
  const order = Array.from(places, (_, at) => at)
    .filter(at => places[at] >= 0)
    .sort((a, b) => places[a] - places[b])
  let held: Vectors | undefined
  let [index, first] = [0, 0]
  for (const at of order) {
    while (places[at] >= first + counts[index]) {
      first += counts[index++]
      held = undefined
    }
    held ??= await readShard(folder, manifest, index)
    read(held, places[at] - first, at)
  }
}
