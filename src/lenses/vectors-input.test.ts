/** What is asked of VECTORS holds for whatever they are: a file, shards, an epoch of a run, all its epochs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../base/files.node.ts'
import { readDataset } from '../data/dataset.node.ts'
import { temporaryFolder, writeClasses } from '../data/fixtures/pictures.node.ts'
import { settleManifest, writeShard } from '../embedding/vector-shards.node.ts'
import { writeVectors } from '../embedding/vectors.node.ts'
import type { Vectors } from '../embedding/vectors.ts'
import { exampleRecord } from '../runs/fixtures/record.ts'
import { recordFile } from '../runs/folder.node.ts'
import { embeddingsName, tripletsName } from '../runs/record.ts'
import { writeTriplets } from '../runs/triplets.node.ts'
import { createContext } from '../runtime/context.node.ts'
import { checkUsedOptions } from './look.ts'
import { tsne } from './tsne/definition.ts'
import { openVectorsInput } from './vectors-input.node.ts'

const folder = temporaryFolder()
const [images, file, shards, run] = ['images', 'all.arrow', 'shards', 'run'].map(name => join(folder, name))
const labels = join(folder, 'labels.txt')
const sources = [file, shards, `${run}@1:test`, run]
const dim = 2
let vectors: Vectors

beforeAll(async () => {
  process.env.GLASSHOUSE_CACHE = join(folder, 'cache')
  await writeClasses(images, ['x', 'y'], 6)
  const { items, classes } = await readDataset(images)
  const count = items.length
  vectors = {
    ids: Int32Array.from({ length: count }, (_, row) => row),
    paths: items.map(({ path }) => path),
    labels: items.map(({ label }) => classes[label]),
    dim,
    data: Float32Array.from({ length: count * dim }, (_, at) => at),
  }
  writeFileSync(labels, vectors.paths!.map((_, row) => `label ${row % 3}\n`).join(''))
  await writeVectors(file, vectors)
  const manifest = {
    ...{ format: 1 as const, kind: 'vectors' as const, images: count, dim, shard: count, batch: 1 },
    model: { source: 'small', layer: 'embedding', fingerprint: 'a'.repeat(64) },
    data: { source: images, split: 'all', fingerprint: 'b'.repeat(64) },
  }
  await settleManifest(shards, manifest)
  await writeShard(shards, manifest, 0, vectors)
  for (const kept of ['triplets', 'embeddings']) await makeFolder(join(run, kept))
  writeFileSync(recordFile(run), JSON.stringify(exampleRecord()))
  const nobody = new Int32Array(count).fill(-1)
  const none = new Float32Array(count).fill(-1)
  const triplets = { positive: none, negative: none, positiveIndex: nobody, negativeIndex: nobody }
  for (const epoch of [0, 1]) {
    await writeVectors(join(run, embeddingsName(epoch, 'test')), vectors)
    await writeTriplets(run, tripletsName(epoch, 'test'), vectors.ids, triplets)
  }
})

describe('an option of vectors', () => {
  const said: string[] = []
  const open = (source: string, options: object) => {
    said.length = 0
    const emit = (event: { kind: string; text?: string }) =>
      void (event.kind === 'note' && said.push(event.text!))
    return openVectorsInput(source, createContext({ seed: 5, emit }), options)
  }

  it('says how many are looked at: the same ones, whatever they come from', async () => {
    const drawn = (await open(file, { sample: 5 }))[0].vectors
    expect(drawn.ids).toHaveLength(5)
    for (const source of sources) {
      const opened = await open(source, { sample: 5 })
      expect(opened, source).toHaveLength(source === run ? 2 : 1)
      expect(
        said.filter(text => /^5 of the 12 vectors of .* \(--sample\)$/.test(text)),
        source,
      ).toHaveLength(1)
      for (const { vectors: some } of opened) {
        expect([some.ids, some.paths, some.labels]).toEqual([drawn.ids, drawn.paths, drawn.labels])
        for (const [at, id] of some.ids.entries())
          expect(some.data.subarray(at * dim, (at + 1) * dim)).toEqual(
            vectors.data.subarray(id * dim, (id + 1) * dim),
          )
      }
      for (const { vectors: all } of [...(await open(source, {})), ...(await open(source, { sample: 12 }))])
        expect(all.ids).toHaveLength(12)
    }
  })

  it.each(sources)('gives labels, to those that are drawn as well: %s', async source => {
    for (const options of [{ labels }, { labels, sample: 5 }])
      for (const { vectors: own } of await open(source, options))
        expect(own.labels).toEqual(Array.from(own.ids, id => `label ${id % 3}`))
  })

  it.each(sources)('names the images: %s', async source => {
    for (const { vectors: own, pictures } of await open(source, { images, sample: 5 }))
      expect(pictures?.places).toEqual(own.ids)
  })

  it.each(sources)('is refused where it is about images that are not at hand: %s', async source => {
    const check = (vectors: unknown) => checkUsedOptions(tsne, { thumbnails: 3 }, { vectors })
    const refusal = { code: 'option-unused', path: ['options', 'thumbnails'] }
    const blind = await open(source, {})
    expect(() => check(blind)).toThrow(expect.objectContaining(refusal))
    const seen = await open(source, { images })
    expect(check(seen)).toMatchObject({ thumbnails: 3 })
  })
})
