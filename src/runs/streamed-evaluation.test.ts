/** Vectors in shards that are read again and again, rather than held, have the scores of those that are held. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mapValues } from '../base/map-values.ts'
import { random } from '../base/random.ts'
import { similarityNames } from '../embedding/ranking.ts'
import { sampleShards } from '../embedding/sampled-shards.node.ts'
import { settleManifest, writeShard } from '../embedding/vector-shards.node.ts'
import { writeVectors } from '../embedding/vectors.node.ts'
import { createContext } from '../runtime/context.node.ts'
import { type EmbeddingScore, evaluateVectors } from './evaluate.node.ts'

const dim = 12

/** Clusters that overlap, of classes of different sizes, some of one image; two rows are the same. */
function vectorsOf(count: number, name: string) {
  const { uniform } = random(7, name)
  const labels = Array.from({ length: count }, (_, i) => (i % 97 === 0 ? `only-${name}-${i}` : `${i % 61}`))
  const data = Float32Array.from({ length: count * dim }, (_, at) => {
    const row = Math.floor(at / dim)
    return 2 * Math.sin((row % 61) * (1 + (at % dim))) + 3 * uniform() - 1
  })
  data.copyWithin(5 * dim, 66 * dim, 67 * dim)
  return { ids: Int32Array.from(labels.keys()), paths: labels.map((_, i) => `${i}.jpg`), labels, dim, data }
}

async function written(folder: string, name: string, count: number, shard: number) {
  const vectors = vectorsOf(count, name)
  const [file, shards] = [join(folder, `${name}.arrow`), join(folder, name)]
  await writeVectors(file, vectors)
  const manifest = {
    ...{ format: 1 as const, kind: 'vectors' as const, images: count, dim, shard, batch: 1 },
    model: { source: 'small', layer: 'embedding', fingerprint: 'a'.repeat(64) },
    data: { source: name, split: 'all', fingerprint: 'b'.repeat(64) },
  }
  await settleManifest(shards, manifest)
  for (let first = 0; first < count; first += shard) {
    const rows = <Part extends { slice(from: number, to: number): Part }>(part: Part, width = 1): Part =>
      part.slice(first * width, (first + shard) * width)
    const { ids, paths, labels, data } = vectors
    await writeShard(shards, manifest, first / shard, {
      ...{ ids: rows(ids), paths: rows(paths), labels: rows(labels), dim, data: rows(data, dim) },
    })
  }
  return { file, shards }
}

/** Rows that are equally near but for the last bit of a product may change places. */
const about = ({ recall, rPrecision, mapAtR, triplets, ...rest }: EmbeddingScore) => ({
  ...rest,
  triplets: triplets && mapValues(triplets, value => expect.closeTo(value, 5)),
  recall: Object.fromEntries(Object.entries(recall).map(([k, share]) => [k, expect.closeTo(share, 5)])),
  rPrecision: expect.closeTo(rPrecision, 5),
  mapAtR: expect.closeTo(mapAtR, 5),
})

describe('vectors in shards that are not held', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-streamed-'))
  const context = createContext({ seed: 0 })
  // More than one block of queries, and shards that divide neither it nor the whole.
  const own = await written(folder, 'own', 2300, 300)
  const other = await written(folder, 'other', 700, 256)
  const wishes = { ranks: [1, 5, 10], clusters: false, whole: false }

  it.each(similarityNames)('score as those of one file, by %s', async similarity => {
    const score = (source: string, gallery?: string, mostHeld?: number) =>
      evaluateVectors(context, source, { gallery }, { ...wishes, similarity }, mostHeld)
    const alone = await score(own.file)
    expect(alone.queries).toBeGreaterThan(2200)
    expect(alone.recall['1']).toBeGreaterThan(0.2)
    // Of classes of one image there are no dots; by other distances there is no such scatter.
    expect(alone.triplets?.dots).toBe(similarity === 'cosine' ? alone.queries : undefined)
    expect(alone.recall['1']).toBeLessThan(0.99)
    expect(await score(own.shards, undefined, 0)).toEqual(about(alone))
    const among = await score(other.file, own.file)
    expect(among.recall['10']).toBeGreaterThan(0.3)
    expect(await score(other.shards, own.shards, 0)).toEqual(about(among))
    expect(await score(other.file, own.shards, 0)).toEqual(about(among))
  })

  it('are held all the same where all of them are ranked or clustered', async () => {
    const whole = { ...wishes, whole: true, clusters: true, similarity: 'cosine' as const }
    const [held, file] = [other.shards, other.file].map(source =>
      evaluateVectors(context, source, {}, whole, 0),
    )
    expect(await held).toEqual(await file)
  })

  it('are drawn by their paths where only some are wanted', async () => {
    const all = vectorsOf(700, 'other')
    const { rows, total, ...some } = await sampleShards(other.shards, 100, 3)
    expect([rows.length, total]).toEqual([100, 700])
    expect(some.labels).toEqual(Array.from(rows, row => all.labels[row]))
    const row = 42
    expect(some.data.subarray(row * dim, (row + 1) * dim)).toEqual(
      all.data.subarray(rows[row] * dim, (rows[row] + 1) * dim),
    )
    // Every part of the folder has its share, another seed draws others, and more draw the same ones and others.
    expect(rows.filter(place => place < 350).length).toBeGreaterThan(30)
    expect(rows.filter(place => place >= 350).length).toBeGreaterThan(30)
    expect((await sampleShards(other.shards, 100, 4)).rows).not.toEqual(rows)
    const more = new Set((await sampleShards(other.shards, 200, 3)).rows)
    expect(rows.every(place => more.has(place))).toBe(true)
    expect((await sampleShards(other.shards, 1000, 3)).data).toEqual(all.data)
  })
})
