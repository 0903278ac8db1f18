/**
 * Some of many vectors, drawn at random; of a folder of shards without holding the others. Which ones depends on their
 * paths and the seed only, so of several sets of the same images the same images are drawn.
 */
import { random } from '../base/random.ts'
import { readManifest, readShards } from './vector-shards.node.ts'
import type { Vectors } from './vectors.ts'

export interface SampledVectors extends Vectors {
  /** which rows of the folder they are, ascending */
  rows: Int32Array
  /** how many there are */
  total: number
}

/** @returns all of them where there are no more than `count` */
export async function sampleShards(folder: string, count: number, seed: number): Promise<SampledVectors> {
  const { images, dim } = await readManifest(folder)
  const draws = new Float64Array(images)
  let total = 0
  for await (const { ids, paths } of readShards(folder))
    for (let row = 0; row < ids.length; row++) draws[total++] = drawOf(seed, ids[row], paths?.[row])
  const rows = drawn(draws.subarray(0, total), count)
  const kept = rows.length
  const ids = new Int32Array(kept)
  const data = new Float32Array(kept * dim)
  const paths: string[] = []
  const labels: string[] = []
  let first = 0
  for await (const part of readShards(folder)) {
    for (let at = rows[paths.length] - first; at < part.ids.length; at = rows[paths.length] - first) {
      data.set(part.data.subarray(at * dim, (at + 1) * dim), paths.length * dim)
      ids[paths.length] = part.ids[at]
      paths.push(part.paths?.[at] ?? '')
      labels.push(part.labels?.[at] ?? '')
    }
    first += part.ids.length
  }
  return { ids, paths, labels, dim, data, rows, total }
}

/** The same of vectors that are held. */
export function sampleVectors(vectors: Vectors, count: number, seed: number): SampledVectors {
  const { ids, paths, labels, dim, data } = vectors
  const total = ids.length
  if (total <= count) return { ...vectors, rows: Int32Array.from(ids.keys()), total }
  const rows = drawn(
    Float64Array.from(ids, (id, row) => drawOf(seed, id, paths?.[row])),
    count,
  )
  const some = { ids: Int32Array.from(rows, row => ids[row]), dim, data: new Float32Array(rows.length * dim) }
  rows.forEach((row, at) => void some.data.set(data.subarray(row * dim, (row + 1) * dim), at * dim))
  const named = (texts: readonly string[] | undefined) => texts && Array.from(rows, row => texts[row])
  return { ...some, paths: named(paths), labels: named(labels), rows, total }
}

const drawOf = (seed: number, id: number, path: string | undefined): number =>
  random(seed, 'sample', path || id).uniform()

/** The rows of the smallest draws, ascending. */
function drawn(draws: Float64Array, count: number): Int32Array {
  if (draws.length <= count) return Int32Array.from(draws.keys())
  const limit = draws.slice().sort()[count - 1]
  return Int32Array.from(draws.keys())
    .filter(row => draws[row] <= limit)
    .subarray(0, count)
}
