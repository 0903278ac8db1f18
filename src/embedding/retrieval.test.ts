import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fill } from '../../test/fill.ts'
import { random } from '../base/random.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { retrieve } from './retrieval.ts'

const { ranked }: { ranked: Record<string, { map: number; mrr: number; recall: number }> } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/clustering.json', import.meta.url), 'utf8'),
)
const engine = await createEngine({ threads: 1 })

function gaussians(n: number, dim: number, classes: number, spread: number, seed: number) {
  const stream = random(seed, 'vectors')
  const centres = Array.from({ length: classes * dim }, () => stream.normal())
  const labels = Int32Array.from({ length: n }, () => stream.integer(classes))
  const data = Float32Array.from(
    { length: n * dim },
    (_, k) => centres[labels[Math.floor(k / dim)] * dim + (k % dim)] + spread * stream.normal(),
  )
  return { data, dim, labels }
}

/** The definition, written out. */
function byDefinition({ data, dim, labels }: ReturnType<typeof gaussians>) {
  const n = labels.length
  const row = (i: number) => data.subarray(i * dim, (i + 1) * dim)
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, k) => sum + v * b[k], 0)
  const cosine = (i: number, j: number) =>
    dot(row(i), row(j)) / Math.sqrt(dot(row(i), row(i)) * dot(row(j), row(j)))
  let first = 0
  let map = 0
  let rPrecision = 0
  let queries = 0
  for (let i = 0; i < n; i++) {
    const ranked = Array.from({ length: n }, (_, j) => j)
      .filter(j => j !== i)
      .sort((a, b) => cosine(i, b) - cosine(i, a))
    const mates = ranked.filter(j => labels[j] === labels[i]).length
    if (!mates) continue
    queries++
    if (labels[ranked[0]] === labels[i]) first++
    let hits = 0
    for (let r = 0; r < mates; r++) if (labels[ranked[r]] === labels[i]) map += ++hits / (r + 1) / mates
    rPrecision += hits / mates
  }
  return { first: first / queries, mapAtR: map / queries, rPrecision: rPrecision / queries }
}

describe('retrieval', () => {
  it('agrees with the definitions of recall at 1, R-precision and MAP@R', async () => {
    const vectors = gaussians(83, 5, 7, 0.8, 1)
    const result = await retrieve(engine, vectors)
    const expected = byDefinition(vectors)
    expect(result.recall[1]).toBeCloseTo(expected.first, 12)
    expect(result.mapAtR).toBeCloseTo(expected.mapAtR, 12)
    expect(result.rPrecision).toBeCloseTo(expected.rPrecision, 12)
    expect(result.recall[1]).toBeLessThanOrEqual(result.recall[2])
    expect(result.recall[4]).toBeLessThanOrEqual(result.recall[8])
  })

  it.each(['cosine', 'euclidean', 'dot'] as const)(
    'by %s has the MAP, MRR and recall of scikit-learn',
    async kind => {
      const labels = Array.from({ length: 120 }, (_, i) => i % 9)
      const centres = fill('ranked.centres', [9, 6], 3).data
      const noise = fill('ranked.noise', [120, 6], 4).data
      const data = noise.map((value, k) => value + centres[(Math.floor(k / 6) % 9) * 6 + (k % 6)])
      const found = await retrieve(engine, { data, dim: 6, labels }, { similarity: kind, whole: true })
      expect(found.map).toBeCloseTo(ranked[kind].map, 6)
      expect(found.mrr).toBeCloseTo(ranked[kind].mrr, 6)
      expect(found.recall[1]).toBeCloseTo(ranked[kind].recall, 12)
      const partly = await retrieve(engine, { data, dim: 6, labels }, { similarity: kind })
      expect({ ...partly, map: found.map, mrr: found.mrr }).toEqual(found)
    },
  )

  it('finds the share of dots right of the diagonal equal to recall at 1', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 2, max: 6 }), async (seed, classes) => {
        const { recall, triplets, queries } = await retrieve(engine, gaussians(40, 3, classes, 1, seed))
        const right = triplets.positive.reduce(
          (count, x, i) => count + (triplets.positiveIndex[i] >= 0 && x > triplets.negative[i] ? 1 : 0),
          0,
        )
        expect(right / queries).toBeCloseTo(recall[1], 12)
      }),
      { numRuns: 20 },
    )
  })

  it('puts a one-hot class embedding at (1, 0) and a collapsed one at (1, 1)', async () => {
    const labels = [0, 0, 1, 1, 2, 2]
    const oneHot = Float32Array.from({ length: 18 }, (_, k) => (k % 3 === labels[Math.floor(k / 3)] ? 2 : 0))
    const perfect = await retrieve(engine, { data: oneHot, dim: 3, labels })
    expect([...perfect.triplets.positive]).toEqual([1, 1, 1, 1, 1, 1])
    expect([...perfect.triplets.negative]).toEqual([0, 0, 0, 0, 0, 0])
    expect(perfect.recall[1]).toBe(1)
    expect(perfect.mapAtR).toBe(1)
    const collapsed = await retrieve(engine, { data: new Float32Array(18).fill(1), dim: 3, labels })
    for (const similarity of [...collapsed.triplets.positive, ...collapsed.triplets.negative])
      expect(similarity).toBeCloseTo(1, 6)
  })

  it('skips an anchor without a classmate', async () => {
    const result = await retrieve(engine, {
      data: Float32Array.of(1, 0, 0.9, 0.1, 0, 1),
      dim: 2,
      labels: [0, 0, 1],
    })
    expect(result.queries).toBe(2)
    expect(result.triplets.positiveIndex[2]).toBe(-1)
    expect(result.recall[1]).toBe(1)
  })

  it('searches a gallery with queries that are not in it', async () => {
    const gallery = gaussians(60, 4, 5, 0.9, 2)
    const queries = gaussians(17, 4, 5, 0.9, 3)
    const { recall, triplets } = await retrieve(engine, queries, { gallery, ranks: [1, 60] })
    const unit = (v: typeof gallery, i: number) => {
      const row = Array.from(v.data.subarray(i * v.dim, (i + 1) * v.dim))
      return row.map(x => x / Math.hypot(...row))
    }
    let hits = 0
    queries.labels.forEach((label, query) => {
      const cosines = Array.from(gallery.labels, (_, place) =>
        unit(queries, query).reduce((sum, x, k) => sum + x * unit(gallery, place)[k], 0),
      )
      const best = cosines.indexOf(Math.max(...cosines))
      if (gallery.labels[best] === label) hits++
      const strangers = cosines.filter((_, place) => gallery.labels[place] !== label)
      expect(triplets.negative[query]).toBeCloseTo(Math.max(...strangers), 5)
    })
    expect(recall[1]).toBeCloseTo(hits / 17, 12)
    expect(recall[60]).toBe(1)
  })

  it('finds a classmate that lies behind everything ranked', async () => {
    // 30 strangers lie nearer than the only classmate.
    const labels = [0, ...Array(30).fill(1), 0]
    const data = Float32Array.from(labels.flatMap((_, i) => [1, i / 20]))
    const { triplets, recall } = await retrieve(engine, { data, dim: 2, labels }, { ranks: [1, 2] })
    expect(triplets.positiveIndex[0]).toBe(31)
    expect(triplets.positive[0]).toBeCloseTo(1 / Math.hypot(1, 31 / 20), 5)
    expect(recall[2]).toBeLessThan(1)
  })

  it('has nothing to say of one vector or none', async () => {
    for (const n of [0, 1]) {
      const { queries, recall } = await retrieve(engine, {
        data: new Float32Array(3 * n).fill(1),
        dim: 3,
        labels: new Int32Array(n),
      })
      expect([queries, recall[1]]).toEqual([0, Number.NaN])
    }
  })

  it('finds a copy of a query in its gallery, and nothing for labels that the gallery lacks', async () => {
    const own = gaussians(12, 4, 3, 1, 5)
    const gallery = { ...own }
    const { recall, triplets } = await retrieve(engine, own, { gallery })
    expect(recall[1]).toBe(1)
    expect([...triplets.positiveIndex]).toEqual(Array.from({ length: 12 }, (_, i) => i))
    const strangers = await retrieve(engine, { ...own, labels: own.labels.map(x => x + 10) }, { gallery })
    expect([strangers.queries, strangers.recall[1]]).toEqual([0, Number.NaN])
  })

  it('gives the same in one block as in several', async () => {
    // 4,100 vectors make blocks of 3,902 rows, the last filled up with rows already seen.
    const vectors = gaussians(4100, 3, 900, 0.3, 3)
    const whole = await retrieve(engine, vectors)
    const last = { data: vectors.data.subarray(3 * 4000), dim: 3, labels: vectors.labels.subarray(4000) }
    const alone = await retrieve(engine, last, { gallery: vectors })
    expect([...alone.triplets.negativeIndex]).toEqual([...whole.triplets.negativeIndex.subarray(4000)])
  })

  it('refuses vectors that are not numbers or do not fit', async () => {
    const labels = [0, 0]
    const refusal = (data: number[], dim: number) =>
      expect(retrieve(engine, { data: Float32Array.from(data), dim, labels })).rejects
    await refusal([1, Number.NaN], 1).toThrow(/vector 1/)
    await refusal([1, 2, 3], 1).toThrow(/fit/)
    const gallery = { data: Float32Array.of(1, 2, 3, 4), dim: 2, labels }
    const queries = { data: Float32Array.of(1, 2), dim: 1, labels }
    await expect(retrieve(engine, queries, { gallery })).rejects.toThrow(/fit/)
  })
})
