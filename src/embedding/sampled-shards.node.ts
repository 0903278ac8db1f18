/**
 * Some of the vectors in a folder of shards, drawn at random, without holding the others. Which ones depends on their
 * paths and the seed only, so of several folders of the same images the same images are drawn.
 */
import { random } from '../base/random.ts'
import { readManifest, readShards } from './vector-shards.node.ts'
import type { Vectors } from './vectors.ts'

export interface SampledVectors extends Vectors {
  /** which rows of the folder they are, ascending */
  rows: Int32Array
  /** how many there are in the folder */
  total: number
}

/** @returns all of them where there are no more than `count` */
export async function sampleShards(folder: string, count: number, seed: number): Promise<SampledVectors> {
  const { images, dim } = await readManifest(folder)
  const draws = new Float64Array(images)
  let total = 0
  for await (const { ids, paths } of readShards(folder))
    for (let row = 0; row < ids.length; row++)
      draws[total++] = random(seed, 'sample', paths?.[row] || ids[row]).uniform()
  const kept = Math.min(count, total)
  const limit = draws.slice(0, total).sort()[kept - 1] ?? -1
  const ids = new Int32Array(kept)
  const rows = new Int32Array(kept)
  const data = new Float32Array(kept * dim)
  const paths: string[] = []
  const labels: string[] = []
  let at = 0
  for await (const part of readShards(folder))
    for (let row = 0; row < part.ids.length; row++) {
      if (draws[at++] > limit || paths.length === kept) continue
      rows[paths.length] = at - 1
      data.set(part.data.subarray(row * dim, (row + 1) * dim), paths.length * dim)
      ids[paths.length] = part.ids[row]
      paths.push(part.paths?.[row] ?? '')
      labels.push(part.labels?.[row] ?? '')
    }
  return { ids, paths, labels, dim, data, rows, total }
}
