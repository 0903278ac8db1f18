/**
 * The nearest of very many vectors, approximately: a graph of neighbours (HNSW; Malkov and Yashunin 2018) as the
 * library usearch builds it, over numbers of 16 bits. It names more rows than are wanted; whoever asks compares those
 * exactly. The library is optional: it has binaries for Linux and macOS.
 */
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { GlasshouseError } from '../base/errors.ts'
import { normaliseRows } from './retrieval.ts'

const loadUsearch = (): typeof import('usearch') => createRequire(import.meta.url)('usearch')

/** Neighbours of a node, and how many candidates are looked at while one is added; measured in docs/scale.md. */
const shape = { connectivity: 16, expansion_add: 64, expansion_search: 128, multi: false }

/**
 * This many rows are added one by one at first. Threads that add at the same time do not see each other's nodes, and while
 * there are few others, some nodes stay hard to find: of 1,000 rows up to 2 % of the nearest were missed, not always the same.
 */
const grounded = 2000

export interface VectorIndex {
  /** rows so far */
  readonly size: number
  /** @param rows n x dim, row-major, of any length; their places follow those before them */
  add(rows: Float32Array): void
  /** @returns count x depth places by cosine, roughly nearest first; -1 where there are fewer */
  candidates(queries: Float32Array, depth: number): Int32Array
  save(path: string): void
}

/**
 * @param path of an index that was saved; it is mapped into memory, not read
 * @throws GlasshouseError 'search-missing' where the library has no binary for this system
 */
export function openVectorIndex(dim: number, path?: string, threads = availableParallelism()): VectorIndex {
  const { Index, MetricKind, ScalarKind } = usearch()
  // Of rows of length 1 the order is that of their cosines; products of 16 bits alone would put near ones out of order.
  const index = new Index({
    dimensions: dim,
    metric: MetricKind.L2sq,
    quantization: ScalarKind.BF16,
    ...shape,
  })
  if (path !== undefined) index.view(path)
  let size = index.size()
  return {
    get size() {
      return size
    },
    add(rows) {
      const normal = normaliseRows(rows, dim)
      const count = rows.length / dim
      for (let from = 0; from < count; ) {
        const to = size < grounded ? from + 1 : count
        const keys = BigUint64Array.from({ length: to - from }, (_, row) => BigInt(size + row))
        index.add(keys, normal.subarray(from * dim, to * dim), threads)
        size += to - from
        from = to
      }
    },
    candidates(queries, depth) {
      const count = queries.length / dim
      const named = new Int32Array(count * depth).fill(-1)
      const most = Math.min(depth, size)
      if (most === 0 || count === 0) return named
      const { keys } = index.search(normaliseRows(queries, dim), most, threads)
      for (let query = 0; query < count; query++)
        for (let rank = 0; rank < most; rank++)
          named[query * depth + rank] = Number(keys[query * most + rank])
      return named
    },
    save: file => index.save(file),
  }
}

function usearch(): typeof import('usearch') {
  try {
    return loadUsearch()
  } catch (cause) {
    throw new GlasshouseError({
      code: 'search-missing',
      what: 'approximate search needs the library usearch, which cannot be loaded here',
      got: cause instanceof Error ? cause.message.split('\n')[0] : undefined,
      hint: 'npm install usearch, or search exactly',
      cause,
    })
  }
}
