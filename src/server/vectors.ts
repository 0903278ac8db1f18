/** Vectors for the page: read once, kept while there is room, and looked through for what is nearest. */
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { readVectors } from '../embedding/vectors.node.ts'
import type { Vectors } from '../embedding/vectors.ts'
import { isRunFolder, readRecord } from '../runs/folder.node.ts'
import { embeddingsName } from '../runs/record.ts'
import type { Neighbours } from './api.ts'
import type { Folders } from './folders.ts'

export interface VectorStore {
  /** @param source RUN@EPOCH:SPLIT, RUN below the runs folder or a path; or a path of .arrow or .npy */
  open(source: string): Promise<OpenedVectors>
}

export interface OpenedVectors {
  path: string
  vectors: Vectors
  /** the data folder, where it is known */
  data?: string
}

const mostBytes = 512 * 2 ** 20

interface KeptVectors {
  vectors: Promise<Vectors>
  /** in memory: a file may hold them packed, and a folder says nothing of its shards; 0 while they are read */
  bytes: number
}

/** @param most bytes that are kept; the vectors that were asked for last are, whatever their size */
export function createVectorStore(folders: Folders, most = mostBytes): VectorStore {
  const kept = new Map<string, KeptVectors>()
  const makeRoom = () => {
    let bytes = [...kept.values()].reduce((sum, entry) => sum + entry.bytes, 0)
    for (const [oldest, entry] of [...kept].slice(0, -1)) {
      if (bytes <= most) break
      // Those that are still being read free nothing.
      if (entry.bytes === 0) continue
      kept.delete(oldest)
      bytes -= entry.bytes
    }
  }
  const begin = (key: string, path: string): KeptVectors => {
    const entry = { vectors: readVectors(path), bytes: 0 }
    entry.vectors.then(
      ({ data }) => {
        entry.bytes = data.byteLength
        makeRoom()
      },
      () => {
        if (kept.get(key) === entry) kept.delete(key)
      },
    )
    return entry
  }
  const read = async (path: string): Promise<Vectors> => {
    const { size, mtimeMs, ino } = await stat(path)
    const key = `${path} ${size} ${mtimeMs} ${ino}`
    const entry = kept.get(key) ?? begin(key, path)
    kept.delete(key)
    kept.set(key, entry)
    return entry.vectors
  }
  return {
    async open(source) {
      const [, run, epoch, split] = /^(.+)@(\d+):(train|val|test)$/.exec(source) ?? []
      if (run === undefined) {
        const path = await folders.allowed(source)
        return { path, vectors: await read(path) }
      }
      const folder = await runFolder(folders, run)
      const path = join(folder, embeddingsName(Number(epoch), split))
      if (!existsSync(path))
        throw new GlasshouseError({
          code: 'no-embeddings',
          what: `the run has no vectors of the ${split} split at epoch ${epoch}`,
          where: run,
          path: ['source'],
        })
      const allowed = await folders.allowed(path)
      const record = await readRecord(folder).catch(() => undefined)
      return { path: allowed, vectors: await read(allowed), ...(record && { data: record.data.path }) }
    },
  }
}

async function runFolder(folders: Folders, run: string): Promise<string> {
  const asPath = resolve(folders.base, run)
  if (isRunFolder(asPath)) return folders.allowed(asPath)
  return folders.ofRun(run)
}

/** The nearest rows by cosine, in the space of the vectors. */
export function neighboursOf(
  { data, dim, paths, labels, ids }: Vectors,
  row: number,
  count: number,
): Neighbours {
  if (row >= ids.length)
    throw new GlasshouseError({
      code: 'option-value',
      what: 'there is no such row',
      path: ['row'],
      expected: `0 to ${ids.length - 1}`,
      got: String(row),
    })
  const length = (at: number) => {
    let sum = 0
    for (let i = 0; i < dim; i++) sum += data[at * dim + i] ** 2
    return Math.sqrt(sum)
  }
  const own = length(row)
  const found: { row: number; similarity: number }[] = []
  for (let other = 0; other < ids.length; other++) {
    if (other === row) continue
    let product = 0
    for (let i = 0; i < dim; i++) product += data[row * dim + i] * data[other * dim + i]
    const similarity = product / (own * length(other)) || 0
    if (found.length === count && similarity <= found[count - 1].similarity) continue
    const place = found.findIndex(known => known.similarity < similarity)
    found.splice(place < 0 ? found.length : place, 0, { row: other, similarity })
    found.length = Math.min(found.length, count)
  }
  const named = found.map(neighbour => ({
    ...neighbour,
    ...(paths && { path: paths[neighbour.row] }),
    ...(labels && { label: labels[neighbour.row] }),
  }))
  return { row, neighbours: named }
}
