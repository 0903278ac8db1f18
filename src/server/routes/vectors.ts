/** /api/vectors, /api/run/triplets, /api/run/maps: embeddings, and what was measured and mapped from them. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Hono } from 'hono'
import { GlasshouseError } from '../../base/errors.ts'
import { splits } from '../../data/dataset.ts'
import { encodeVectors } from '../../embedding/vectors.ts'
import { readRecord } from '../../runs/folder.node.ts'
import { embeddingsName, tripletsName } from '../../runs/record.ts'
import { readTriplets } from '../../runs/triplets.node.ts'
import type { RetrievalSheet, TripletHistory, VectorsAbout } from '../api.ts'
import { mapsOf } from '../maps.ts'
import { pack } from '../pack.ts'
import { choiceOr, numberOr, word, wordOr } from '../request.ts'
import { retrievalOf } from '../retrieval.ts'
import { runPlace } from '../run-detail.ts'
import { sendFile } from '../send-file.ts'
import type { Studio } from '../studio.ts'
import { createVectorStore, neighboursOf, type VectorStore } from '../vectors.ts'

const arrow = 'application/vnd.apache.arrow.file'

export const vectorRoutes = ({ folders, indexes }: Studio): Hono => {
  const store = createVectorStore(folders)
  return new Hono()
    .get('/api/vectors', async c => {
      const { path, vectors } = await store.open(word(c, 'source'))
      if (/\.arrow$/i.test(path)) return sendFile(c, path, { type: arrow })
      return c.body(new Uint8Array(encodeVectors(vectors)), 200, { 'Content-Type': arrow })
    })
    .get('/api/vectors/about', async c => {
      const source = word(c, 'source')
      const { vectors, data } = await store.open(source)
      const { ids, dim, paths, labels } = vectors
      const about: VectorsAbout = {
        source,
        count: ids.length,
        dim,
        ...(paths && { paths }),
        ...(labels && { labels }),
        ...(data !== undefined && { data }),
      }
      return c.json(about)
    })
    .get('/api/vectors/neighbours', async c => {
      const { vectors } = await store.open(word(c, 'source'))
      return c.json(
        neighboursOf(vectors, numberOr(c, 'row', 0), numberOr(c, 'count', 20, { least: 1, most: 500 })),
      )
    })
    .get('/api/run/triplets', async c => {
      const run = word(c, 'run')
      const place = await runPlace(folders, run)
      const split = choiceOr(c, 'split', splits, 'test')
      const only = wordOr(c, 'epoch', undefined) === undefined ? undefined : numberOr(c, 'epoch', 0)
      return c.json(await tripletsOf({ run, place, split, only }, store))
    })
    .get('/api/run/retrieval', async c => {
      const run = word(c, 'run')
      const split = choiceOr(c, 'split', splits, 'test')
      const { vectors, data = '' } = await store.open(`${run}@${numberOr(c, 'epoch', 0)}:${split}`)
      const sheet = retrievalOf(vectors, {
        from: numberOr(c, 'from', 0),
        count: numberOr(c, 'count', 12, { least: 1, most: 100 }),
        nearest: numberOr(c, 'nearest', 8, { least: 1, most: 50 }),
      })
      return c.json({ data, ...sheet } satisfies RetrievalSheet)
    })
    .get('/api/run/maps', async c => {
      const run = word(c, 'run')
      return c.json(await mapsOf({ folders, indexes }, run, store))
    })
}

interface Asked {
  run: string
  place: string
  split: (typeof splits)[number]
  only?: number
}

async function tripletsOf({ run, place, split, only }: Asked, store: VectorStore): Promise<TripletHistory> {
  const names = await readdir(join(place, 'triplets')).catch(() => [])
  const kept = names
    .flatMap(name => new RegExp(`^${split}-(\\d+)\\.arrow$`).exec(name)?.[1] ?? [])
    .map(Number)
    .filter(epoch => only === undefined || epoch === only)
    .sort((a, b) => a - b)
  if (kept.length === 0)
    throw new GlasshouseError({
      code: 'no-triplets',
      what: `the run has no triplets of the ${split} split${only === undefined ? '' : ` at epoch ${only}`}`,
      where: run,
      hint: 'Trainings of an embedding keep them, for each epoch',
    })
  const record = await readRecord(place)
  // Triplets name images by their place in the data; the vectors of the same epoch say which these are.
  const { vectors } = await store.open(join(place, embeddingsName(kept[0], split)))
  const rowOf = new Map(Array.from(vectors.ids, (id, row) => [id, row]))
  const rows = (ids: Int32Array) => pack(ids.map(id => rowOf.get(id) ?? -1))
  const epochs: TripletHistory['epochs'] = []
  for (const epoch of kept) {
    const frame = await readTriplets(join(place, tripletsName(epoch, split)), epoch)
    epochs.push({
      epoch,
      anchor: rows(frame.anchor),
      positive: rows(frame.positive),
      negative: rows(frame.negative),
      positiveSimilarity: pack(frame.positiveSimilarity),
      negativeSimilarity: pack(frame.negativeSimilarity),
    })
  }
  return {
    run,
    split,
    data: record.data.path,
    paths: vectors.paths ?? [],
    labels: vectors.labels ?? [],
    epochs,
  }
}
