/**
 * Nearest rows by cosine, Euclidean distance or dot product, exactly: for every query the most similar rows of a gallery. The engine multiplies a block
 * of queries with the gallery and picks the nearest; memory grows with the number of rows, not its square.
 *
 * Rows of a collapsed embedding have cosines that differ only beyond the seventh digit. So the mean m of the gallery is
 * taken away first: a.b = (a - m).(b - m) + b.m + a constant of the query, and b.m, less its own mean, is one more
 * column. Float32 products then keep the digits by which the gallery's rows differ. Of all distances |a - b| the order is
 * that of (a - m).(b - m) - |b - m|^2 / 2, turned around.
 */
import { meanOf } from '../base/statistics.ts'
import { createWork, openStage, type Work } from '../base/work.ts'
import type { Value } from '../graph/graph.ts'
import { Graph } from '../graph/graph.ts'
import { cast, neg } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { gemm } from '../graph/ops/linear.ts'
import { reduceMax, topK } from '../graph/ops/reduce.ts'
import { float32, floats, integers, type Tensor } from '../graph/tensor.ts'
import type { Engine, Program } from '../runtime/engine.ts'

export const similarityNames = ['cosine', 'euclidean', 'dot'] as const
/** What is near: a cosine, a short Euclidean distance or a dot product of the rows as they are. */
export type SimilarityName = (typeof similarityNames)[number]

export interface RankingRequest {
  /** count x dim, row-major, of any length */
  queries: Float32Array
  /** the queries themselves where absent, each without itself */
  gallery?: Float32Array
  dim: number
  /** how many of the nearest are wanted; at most as many as there are */
  depth: number
  /** cosine unless given */
  similarity?: SimilarityName
  work?: Work
}

/** Places in the gallery of the rows nearest to a query, nearest first; ties by place, lower first. Valid in the call. */
export type ReadRanking = (query: number, nearest: Int32Array) => void

/** Rows of a part of the gallery, which is packed once, as a constant of its program. */
const partRows = 65536
/** Products held at once, 16 MB: blocks that are larger come fresh from the system each time, which takes longer than the products. */
const productElements = 4e6

export async function rankRows(
  engine: Engine,
  { queries, gallery, dim, depth, similarity = 'cosine', work = createWork() }: RankingRequest,
  read: ReadRanking,
): Promise<void> {
  const isSelf = gallery === undefined
  const shelf = gallery ?? queries
  const [count, n] = [queries.length / dim, shelf.length / dim]
  if (count === 0 || depth === 0) return
  const scalesOf = (data: Float32Array) =>
    similarity === 'cosine' ? inverseLengths(data, dim) : new Float64Array(data.length / dim).fill(1)
  const scales = scalesOf(shelf)
  const mean = meanDirection(shelf, dim, scales)
  const along =
    similarity === 'euclidean' ? halfSquares(shelf, dim, mean) : projections(shelf, dim, scales, mean)
  const left = withColumn(queries, dim, isSelf ? scales : scalesOf(queries), mean)
  const right = withColumn(shelf, dim, scales, mean, along)
  const wide = dim + 1
  const most = depth + (isSelf ? 1 : 0)
  const block = Math.max(1, Math.min(count, 1024, Math.floor(productElements / Math.min(n, partRows))))
  const parts: Part[] = []
  const stage = openStage(work, 'queries', count)
  try {
    for (let from = 0; from < n; from += partRows) {
      work.signal.throwIfAborted()
      const rows = right.subarray(from * wide, Math.min(n, from + partRows) * wide)
      parts.push(await compilePart(engine, rows, wide, block, most, from))
    }
    const gather = createGatherer(parts, block, depth)
    for (let start = 0; start < count; start += block) {
      work.signal.throwIfAborted()
      // The last block begins earlier, so that all have one size.
      const first = Math.min(start, count - block)
      const rows = float32([block, wide], left.subarray(first * wide, (first + block) * wide))
      await gather.fill(rows)
      for (let query = start; query < first + block; query++)
        read(query, gather.nearest(query - first, isSelf ? query : -1))
      stage.update(first + block)
    }
  } finally {
    stage.end()
    for (const { program } of parts) await program.dispose()
  }
}

interface Part {
  program: Program
  /** place of its first row in the gallery */
  from: number
  /** how many of its rows it names for each query */
  depth: number
  /** see `tileOf` */
  tile: number
}

/** The nearest of one part of the gallery for a block of queries. */
async function compilePart(
  engine: Engine,
  rows: Float32Array,
  wide: number,
  block: number,
  most: number,
  from: number,
): Promise<Part> {
  const count = rows.length / wide
  const depth = Math.min(most, count)
  const tile = tileOf(count, depth)
  const padded = Math.ceil(count / tile) * tile
  const content = new Float32Array(padded * wide)
  content.set(rows)
  // Rows that fill the last tile up are further away than any other.
  for (let row = count; row < padded; row++) content[(row + 1) * wide - 1] = farAway
  const graph = new Graph()
  const gallery = graph.constant(float32([padded, wide], content))
  const products = gemm(graph.input('queries', [block, wide]), gallery, undefined, { transB: true })
  const program = await engine.compile({ graph, outputs: greatest(products, depth, tile) })
  return { program, from, depth, tile }
}

/** In the last column of a row: it is further away than any other. */
export const farAway = -1e30

/** Rows of a tile, for the choice of the nearest among so many: 1 where they are looked for in all rows. */
export const tileOf = (rows: number, depth: number): number =>
  rows > 16 * depth ? Math.floor(Math.sqrt(rows / depth)) : 1

/**
 * The greatest of each row of products. The k greatest lie in the k tiles whose maxima are the greatest, so most products
 * are only compared within their tile. Tiles are put in order again before the second choice, and equal products stay in
 * the order of their places.
 */
export function greatest(products: Value, depth: number, tile: number): Record<string, Value> {
  if (tile === 1) return { ...topK(products, depth) }
  const [block, rows] = products.shape
  const tiles = reshape(products, [block, rows / tile, tile])
  const chosen = topK(reduceMax(tiles, [2]), depth).indices
  const inOrder = cast(neg(topK(neg(cast(chosen, 'float32')), depth).values), 'int64')
  const [picked] = products.graph.node(
    'GatherND',
    [tiles, reshape(inOrder, [block, depth, 1])],
    [{ shape: [block, depth, tile] }],
    { attributes: { batch_dims: 1 } },
  )
  return { ...topK(reshape(picked, [block, depth * tile]), depth), tiles: inOrder }
}

/** Reads what `greatest` has found: calls back with the row of products, the rank, the place and the product. */
export function readGreatest(
  result: Readonly<Record<string, Tensor>>,
  depth: number,
  tile: number,
  read: (row: number, rank: number, place: number, value: number) => void,
): void {
  const indices = integers(result.indices)
  const tiles = tile > 1 ? integers(result.tiles) : undefined
  const values = floats(result.values)
  for (let at = 0, row = 0; at < values.length; row++)
    for (let rank = 0; rank < depth; rank++, at++) {
      const index = Number(indices[at])
      const place = tiles
        ? Number(tiles[row * depth + Math.floor(index / tile)]) * tile + (index % tile)
        : index
      read(row, rank, place, values[at])
    }
}

/** Puts together what the parts of the gallery name for each query of a block. */
function createGatherer(parts: readonly Part[], block: number, depth: number) {
  const width = parts.reduce((sum, part) => sum + part.depth, 0)
  const values = new Float32Array(block * width)
  const places = new Int32Array(block * width)
  const order = parts.length > 1 ? orderer(width) : undefined
  const found = new Int32Array(depth)
  return {
    async fill(queries: Tensor): Promise<void> {
      let column = 0
      for (const { program, from, depth, tile } of parts) {
        const result = await program.run({ queries })
        readGreatest(result, depth, tile, (row, rank, place, value) => {
          const to = row * width + column + rank
          values[to] = value
          places[to] = from + place
        })
        column += depth
      }
    },
    /** Leaves out the query itself; where it is as near as they all are and not among them, the last one goes. */
    nearest(row: number, own: number): Int32Array {
      const base = row * width
      const rankOf = order?.(values.subarray(base, base + width)) ?? ((rank: number) => rank)
      for (let rank = 0, to = 0; to < depth; rank++) {
        const place = places[base + rankOf(rank)]
        if (place !== own) found[to++] = place
      }
      return found
    },
  }
}

/** 1 / |row| of each row; 0 for a row of zeros. */
export function inverseLengths(data: Float32Array, dim: number): Float64Array {
  const scales = new Float64Array(data.length / dim)
  for (let row = 0, at = 0; row < scales.length; row++) {
    let sum = 0
    for (const end = at + dim; at < end; at++) sum += data[at] * data[at]
    scales[row] = sum > 0 ? 1 / Math.sqrt(sum) : 0
  }
  return scales
}

/** The mean of the rows, scaled. */
function meanDirection(data: Float32Array, dim: number, scales: Float64Array): Float64Array {
  const mean = new Float64Array(dim)
  for (let row = 0, at = 0; row < scales.length; row++)
    for (let d = 0; d < dim; d++) mean[d] += data[at++] * scales[row]
  return mean.map(sum => sum / Math.max(1, scales.length))
}

/** Of each row, scaled, on the mean, less their average. */
function projections(
  data: Float32Array,
  dim: number,
  scales: Float64Array,
  mean: Float64Array,
): Float64Array {
  const along = new Float64Array(scales.length)
  for (let row = 0, at = 0; row < along.length; row++)
    for (let d = 0; d < dim; d++) along[row] += data[at++] * scales[row] * mean[d]
  const average = meanOf(along)
  return along.map(value => value - average)
}

/** -|row - mean|^2 / 2 of each row. */
function halfSquares(data: Float32Array, dim: number, mean: Float64Array): Float64Array {
  const halves = new Float64Array(data.length / dim)
  for (let row = 0, at = 0; row < halves.length; row++)
    for (let d = 0; d < dim; d++) halves[row] -= (data[at++] - mean[d]) ** 2 / 2
  return halves
}

/** Rows, scaled, less the mean, and one column more: 1 unless given. */
function withColumn(
  data: Float32Array,
  dim: number,
  scales: Float64Array,
  mean: Float64Array,
  column?: Float64Array,
): Float32Array {
  const wide = new Float32Array(scales.length * (dim + 1))
  for (let row = 0, from = 0, to = 0; row < scales.length; row++) {
    for (let d = 0; d < dim; d++) wide[to++] = data[from++] * scales[row] - mean[d]
    wide[to++] = column ? column[row] : 1
  }
  return wide
}

/**
 * Positions of values, the greatest first, ties by position: as one number, whose first 32 bits are those of the value
 * and whose last 21 are the position, because numbers are sorted many times faster than objects.
 */
function orderer(capacity: number): (values: Float32Array) => (rank: number) => number {
  const positions = 2 ** 21
  if (capacity > positions) throw new Error(`at most ${positions} rows can be ranked`)
  const keys = new Float64Array(capacity)
  const number = new Float32Array(1)
  const bits = new Int32Array(number.buffer)
  return values => {
    for (let at = 0; at < values.length; at++) {
      number[0] = values[at]
      const descending = bits[0] < 0 ? 2 ** 31 + (bits[0] & 0x7fffffff) : 2 ** 31 - 1 - bits[0]
      keys[at] = descending * positions + at
    }
    const sorted = keys.subarray(0, values.length).sort()
    return rank => sorted[rank] % positions
  }
}
