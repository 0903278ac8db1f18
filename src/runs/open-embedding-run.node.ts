/** Opens what a user calls RUN where every epoch of an embedding is wanted: `run`, or `run@7` up to epoch 7. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import type { Split } from '../data/dataset.ts'
import type { PictureStore } from '../data/store.ts'
import { readVectors } from '../embedding/vectors.node.ts'
import type { EmbeddingRun } from './embedding-run.ts'
import { isRunFolder, readRecord } from './folder.node.ts'
import { embeddingsName, type RunRecord, tripletsName } from './record.ts'
import { readTriplets } from './triplets.node.ts'

/** @param images opens the images of a run's data set; see `EmbeddingRun.pictures` */
export async function openEmbeddingRun(
  source: string,
  pictures: (record: RunRecord) => Promise<PictureStore | undefined>,
): Promise<EmbeddingRun> {
  const [, folder, asked] = /^(.*?)(?:@(\d+))?$/s.exec(source)!
  if (!isRunFolder(folder)) {
    throw new GlasshouseError({
      code: 'no-run',
      what: 'there is no run here',
      where: folder,
      hint: 'Name the folder that train has made; it holds run.json',
    })
  }
  const record = await readRecord(folder)
  if (record.head.kind !== 'embedding') {
    throw new GlasshouseError({
      code: 'not-an-embedding',
      what: 'this run trained a classifier; only embeddings have triplets',
      where: source,
      hint: 'Train with another objective than softmax, such as --objective epshn',
    })
  }
  const kept = await keptEpochs(folder)
  const epochs = asked === undefined ? kept : kept.filter(epoch => epoch <= Number(asked))
  if (!epochs.length || (asked !== undefined && epochs.at(-1) !== Number(asked))) {
    throw new GlasshouseError({
      code: 'no-triplets',
      what:
        asked === undefined ? 'the run has kept no triplets' : `the run has no triplets of epoch ${asked}`,
      where: source,
      expected: kept.length ? `an epoch from ${kept[0]} to ${kept.at(-1)}` : undefined,
      hint: `Runs of an embedding keep them in ${join(folder, 'triplets')}`,
    })
  }
  const has = (split: Split) => existsSync(join(folder, tripletsName(epochs[0], split)))
  return {
    source,
    record,
    epochs,
    splits: (['train', 'test'] as const).filter(has),
    triplets: (epoch, split) => readTriplets(join(folder, tripletsName(epoch, split)), epoch),
    vectors: (epoch, split) => readVectors(join(folder, embeddingsName(epoch, split))),
    pictures: () => pictures(record),
  }
}

async function keptEpochs(folder: string): Promise<number[]> {
  const path = join(folder, dirname(tripletsName(0, 'test')))
  const names = existsSync(path) ? await readdir(path) : []
  const epochs = names.flatMap(name => /^(?:train|test)-(\d+)\.arrow$/.exec(name)?.[1] ?? [])
  return [...new Set(epochs.map(Number))].sort((a, b) => a - b)
}
