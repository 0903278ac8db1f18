/**
 * The nearest of very many vectors, exactly: the rows that are searched come in blocks, one after another, and none is
 * kept. Memory holds the queries, one block and what was found so far.
 *
 * As in `ranking.ts`, a direction m is taken away first, here the mean of the first block, so that the float32 products
 * of rows that point the same way keep the digits by which they differ: a.b = (a - m).(b - m) + b.m + a constant of the
 * query, where b.m less its mean over the first block is one more column.
 */
import { createWork, openStage, type Work } from '../base/work.ts'
import { Graph } from '../graph/graph.ts'
import { gemm } from '../graph/ops/linear.ts'
import { float32, type Tensor } from '../graph/tensor.ts'
import type { Engine } from '../runtime/engine.ts'
import { farAway, greatest, inverseLengths, readGreatest, type SimilarityName, tileOf } from './ranking.ts'

export interface SearchRequest {
  /** count x dim, row-major, of any length */
  queries: Float32Array
  dim: number
  /** what is searched, in the order of its places: blocks of rows, row-major, of any number of rows */
  gallery: Iterable<Float32Array> | AsyncIterable<Float32Array>
  /** rows of the gallery, for the progress; unknown unless given */
  total?: number
  /** how many of the nearest are wanted */
  depth: number
  /** cosine unless given; a Euclidean distance is given as its negative square */
  similarity?: SimilarityName
  work?: Work
}

export interface Nearest {
  /** count x depth: places in the gallery, nearest first; -1 where the gallery has fewer rows */
  places: Int32Array
  /** count x depth: their similarities */
  similarities: Float32Array
  depth: number
}

/** Products held at once, 16 MB; see `ranking.ts`. */
const productElements = 4e6

/** @returns the nearest rows of each query; ties by place, lower first */
export async function searchRows(
  engine: Engine,
  { queries, dim, gallery, total, depth, similarity = 'cosine', work = createWork() }: SearchRequest,
): Promise<Nearest> {
  const count = queries.length / dim
  const least = Math.max(256, Math.min(65536, Math.floor(productElements / Math.max(1, count))))
  const named = Math.min(depth, least)
  const tile = tileOf(least, named)
  const block = Math.ceil(least / tile) * tile
  const found = createFound(count, depth)
  const stage = openStage(work, 'searched', total ?? 0)
  const wide = dim + 1
  const rows = new Float32Array(block * wide)
  let frame: Frame | undefined
  let program: Awaited<ReturnType<typeof compile>> | undefined
  /** rows of the block that are filled, and rows before it */
  let filled = 0
  let before = 0
  const flush = async () => {
    if (!frame || !program || filled === 0) return
    // Rows that fill the last block up are further away than any other.
    for (let row = filled; row < block; row++) {
      rows.fill(0, row * wide, (row + 1) * wide)
      rows[(row + 1) * wide - 1] = farAway
    }
    found.take(
      await program.run({ rows: float32([block, wide], rows) }),
      named,
      tile,
      before,
      before + filled,
    )
    before += filled
    filled = 0
    stage.update(total === undefined ? 0 : Math.min(before, total))
  }
  try {
    for await (const part of gallery) {
      work.signal.throwIfAborted()
      const scales = similarity === 'cosine' ? inverseLengths(part, dim) : undefined
      if (!frame && part.length) {
        frame = frameOf(part, dim, scales, similarity)
        program = await compile(engine, frame.queries(queries), [block, wide], named, tile)
      }
      for (let row = 0; row < part.length / dim; row++) {
        frame?.write(part, row, scales?.[row] ?? 1, rows, filled++)
        if (filled === block) await flush()
      }
    }
    await flush()
  } finally {
    stage.end()
    await program?.dispose()
  }
  const constants = frame?.constants(queries) ?? new Float64Array(count)
  return found.end(constants, similarity === 'euclidean' ? 2 : 1)
}

/** Names the nearest rows of a block for all queries. */
function compile(engine: Engine, queries: Float32Array, rows: [number, number], depth: number, tile: number) {
  const graph = new Graph()
  const wide = rows[1]
  const left = graph.constant(float32([queries.length / wide, wide], queries))
  const products = gemm(left, graph.input('rows', rows), undefined, { transB: true })
  return engine.compile({ graph, outputs: greatest(products, depth, tile) })
}

type Frame = ReturnType<typeof frameOf>

/** How rows are written for the products, and what turns products into similarities. */
function frameOf(first: Float32Array, dim: number, scales: Float64Array | undefined, kind: SimilarityName) {
  const count = first.length / dim
  const mean = new Float64Array(dim)
  for (let row = 0, at = 0; row < count; row++)
    for (let d = 0; d < dim; d++) mean[d] += (first[at++] * (scales?.[row] ?? 1)) / count
  return {
    write(data: Float32Array, row: number, scale: number, to: Float32Array, place: number): void {
      let along = 0
      for (let d = 0, from = row * dim, at = place * (dim + 1); d < dim; d++, from++, at++) {
        const value = data[from] * scale
        to[at] = value - mean[d]
        along += kind === 'euclidean' ? -((value - mean[d]) ** 2) / 2 : (value - mean[d]) * mean[d]
      }
      to[place * (dim + 1) + dim] = along
    },
    queries(data: Float32Array): Float32Array {
      const lengths = kind === 'cosine' ? inverseLengths(data, dim) : undefined
      const wide = new Float32Array((data.length / dim) * (dim + 1))
      for (let row = 0, at = 0, to = 0; row < data.length / dim; row++) {
        for (let d = 0; d < dim; d++) wide[to++] = data[at++] * (lengths?.[row] ?? 1) - mean[d]
        wide[to++] = 1
      }
      return wide
    },
    /** What all products of a query lack: a.m, or -|a - m|^2 / 2. */
    constants(data: Float32Array): Float64Array {
      const lengths = kind === 'cosine' ? inverseLengths(data, dim) : undefined
      return Float64Array.from({ length: data.length / dim }, (_, row) => {
        let sum = 0
        for (let d = 0; d < dim; d++) {
          const value = data[row * dim + d] * (lengths?.[row] ?? 1)
          sum += kind === 'euclidean' ? -((value - mean[d]) ** 2) / 2 : value * mean[d]
        }
        return sum
      })
    },
  }
}

/** The nearest so far, of each query. */
function createFound(count: number, depth: number) {
  const places = new Int32Array(count * depth).fill(-1)
  const values = new Float32Array(count * depth).fill(Number.NEGATIVE_INFINITY)
  return {
    /**
     * @param from place of the first row of the block
     * @param end places from here on do not exist
     */
    take(
      named: Readonly<Record<string, Tensor>>,
      width: number,
      tile: number,
      from: number,
      end: number,
    ): void {
      readGreatest(named, width, tile, (query, _, row, value) => {
        const last = (query + 1) * depth - 1
        // Later places give way where values are equal.
        if (value <= values[last] || from + row >= end) return
        let to = last
        for (; to > query * depth && values[to - 1] < value; to--) {
          values[to] = values[to - 1]
          places[to] = places[to - 1]
        }
        values[to] = value
        places[to] = from + row
      })
    },
    end: (constants: Float64Array, factor: number): Nearest => ({
      places,
      similarities: values.map((value, at) => factor * (value + constants[Math.floor(at / depth)])),
      depth,
    }),
  }
}
