/** The nearest of vectors that come in blocks are those that `rankRows` finds in all of them at once. */
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { random } from '../base/random.ts'
import { createWork } from '../base/work.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { rankRows, type SimilarityName } from './ranking.ts'
import { searchRows } from './search.ts'
import { openShelf } from './shelf.node.ts'
import { openVectorIndex } from './vector-index.node.ts'
import { type ShardManifest, settleManifest, writeShard } from './vector-shards.node.ts'

const engine = await createEngine({ threads: 1 })
const { normal } = random(3, 'search')
const dim = 16

const centres = Array.from({ length: 20 }, () => Float32Array.from({ length: dim }, normal))

/** Clusters, as embeddings have them. */
function clustered(count: number, spread = 0.5): Float32Array {
  return Float32Array.from(
    { length: count * dim },
    (_, at) => centres[Math.floor(at / dim) % 20][at % dim] + spread * normal(),
  )
}

function* blocks(rows: Float32Array, size: number): Generator<Float32Array> {
  for (let from = 0; from < rows.length; from += size * dim) yield rows.subarray(from, from + size * dim)
}

async function wholeRanking(
  queries: Float32Array,
  gallery: Float32Array,
  depth: number,
  similarity: SimilarityName,
) {
  const places = new Int32Array((queries.length / dim) * depth)
  await rankRows(engine, { queries, gallery, dim, depth, similarity }, (query, nearest) =>
    places.set(nearest, query * depth),
  )
  return places
}

/** The share of places that are among those of the other, wherever they stand. */
function sharedBy(places: Int32Array, others: Int32Array): number {
  const all = new Set(others)
  return places.filter(place => all.has(place)).length / places.length
}

describe('the nearest of vectors that come in blocks', () => {
  it.each(['cosine', 'euclidean', 'dot'] as const)('are those of the whole, by %s', async similarity => {
    const [queries, gallery] = [clustered(7), clustered(2500)]
    for (const size of [1, 333, 2500]) {
      const found = await searchRows(engine, {
        queries,
        dim,
        gallery: blocks(gallery, size),
        depth: 9,
        similarity,
      })
      const whole = await wholeRanking(queries, gallery, 9, similarity)
      // Rows that are equally near up to rounding may stand either way.
      expect(sharedBy(found.places, whole)).toBeGreaterThan(0.96)
      expect(found.places.filter((place, at) => place === whole[at]).length / whole.length).toBeGreaterThan(
        0.9,
      )
    }
  })

  it('come with their similarities', async () => {
    const [queries, gallery] = [clustered(3), clustered(300)]
    const row = (rows: Float32Array, at: number) => rows.subarray(at * dim, (at + 1) * dim)
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, d) => sum + value * b[d], 0)
    const measures = {
      cosine: (a: Float32Array, b: Float32Array) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
      euclidean: (a: Float32Array, b: Float32Array) => -(dot(a, a) + dot(b, b) - 2 * dot(a, b)),
      dot,
    }
    for (const [similarity, measure] of Object.entries(measures) as [SimilarityName, typeof dot][]) {
      const { places, similarities } = await searchRows(engine, {
        queries,
        dim,
        gallery: [gallery],
        depth: 4,
        similarity,
      })
      for (const [at, place] of places.entries())
        expect(similarities[at]).toBeCloseTo(
          measure(row(queries, Math.floor(at / 4)), row(gallery, place)),
          3,
        )
    }
  })

  it('keep their order where all cosines are nearly 1', async () => {
    const common = Float32Array.from({ length: dim }, () => 3 + Math.abs(normal()))
    const gallery = Float32Array.from(
      { length: 900 * dim },
      (_, at) => common[at % dim] * (1 + 1e-4 * normal()),
    )
    const queries = gallery.slice(0, 5 * dim)
    const { places } = await searchRows(engine, { queries, dim, gallery: blocks(gallery, 100), depth: 3 })
    expect([0, 1, 2, 3, 4].map(query => places[3 * query])).toEqual([0, 1, 2, 3, 4])
  })

  it('are fewer where there are fewer, and none where there is nothing', async () => {
    const queries = clustered(2)
    const few = await searchRows(engine, { queries, dim, gallery: [clustered(2)], depth: 4 })
    expect(Array.from(few.places).filter(place => place < 0)).toHaveLength(4)
    const none = await searchRows(engine, { queries, dim, gallery: [], depth: 4 })
    expect(none.places).toEqual(new Int32Array(8).fill(-1))
  })
})

describe('an index', () => {
  it('finds nearly all of the nearest, also after it was written and opened again', async () => {
    const [queries, gallery] = [clustered(50), clustered(3000)]
    const exact = await wholeRanking(queries, gallery, 10, 'cosine')
    const index = openVectorIndex(dim)
    for (const block of blocks(gallery, 700)) index.add(block)
    expect(index.size).toBe(3000)
    const path = join(mkdtempSync(join(tmpdir(), 'glasshouse-index-')), 'index')
    index.save(path)
    for (const one of [index, openVectorIndex(dim, path)]) {
      const named = one.candidates(queries, 64)
      let hits = 0
      for (let query = 0; query < 50; query++) {
        const row = new Set(named.subarray(64 * query, 64 * (query + 1)))
        for (let rank = 0; rank < 10; rank++) hits += Number(row.has(exact[10 * query + rank]))
      }
      expect(hits / 500).toBeGreaterThan(0.95)
    }
  })
})

describe('a folder of shards', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-shelf-'))
  const gallery = clustered(1000)
  const manifest: ShardManifest = {
    ...{ format: 1, kind: 'vectors', images: 1000, dim, shard: 300, batch: 1 },
    model: { source: 'small', layer: 'embedding', fingerprint: 'a'.repeat(64) },
    data: { source: 'data', split: 'all', fingerprint: 'b'.repeat(64) },
  }

  it('is searched exactly and by an index, which is built once and agrees', async () => {
    await settleManifest(folder, manifest)
    for (const [index, data] of [...blocks(gallery, 300)].entries()) {
      const count = data.length / dim
      const rows = Array.from({ length: count }, (_, row) => 300 * index + row)
      await writeShard(folder, manifest, index, {
        ids: Int32Array.from(rows),
        paths: rows.map(row => `${row}.jpg`),
        labels: rows.map(row => `class ${row % 20}`),
        dim,
        data,
      })
    }
    const shelf = await openShelf(folder, createWork())
    const queries = clustered(20)
    const exact = await shelf.nearest(engine, queries, 5, 'exact')
    expect(sharedBy(exact.places, await wholeRanking(queries, gallery, 5, 'cosine'))).toBeGreaterThan(0.98)
    for (let times = 0; times < 2; times++) {
      const found = await shelf.nearest(engine, queries, 5, 'approximate')
      expect(sharedBy(found.places, exact.places)).toBeGreaterThan(0.98)
      expect(found.similarities[0]).toBeCloseTo(exact.similarities[0], 5)
    }
    expect(readdirSync(folder)).toContain('index.usearch')
    expect(await shelf.describe([999, 0])).toEqual([
      { path: '999.jpg', label: 'class 19' },
      { path: '0.jpg', label: 'class 0' },
    ])
  })
})
