/** Opens VECTORS for a lens: a file, what a run embedded at an epoch, or all epochs of a run one after another. */
import { GlasshouseError } from '../base/errors.ts'
import { note } from '../base/work.ts'
import { openPictures } from '../data/cache.node.ts'
import { openData } from '../data/open-data.node.ts'
import { sampleShards, sampleVectors } from '../embedding/sampled-shards.node.ts'
import { isShardFolder } from '../embedding/vector-shards.node.ts'
import { labelsFor } from '../embedding/vectors.node.ts'
import type { Vectors } from '../embedding/vectors.ts'
import { picturesOf } from '../runs/pictures.node.ts'
import type { RunRecord } from '../runs/record.ts'
import type { Context } from '../runtime/context.ts'
import type { KindOptions, VectorsInput } from './inputs.ts'

/** Side of the images of a data set that a file of vectors describes. */
const pictureSize = 96

/** How many vectors of a folder of shards are looked at, which may be more than can be laid out, or held. */
const usualSample = 100_000

/**
 * `RUN` and `RUN:train` are all epochs of a run; everything else is one set of vectors. Every option holds for every
 * kind of source.
 */
export async function openVectorsInput(
  source: string,
  context: Context,
  options: KindOptions,
): Promise<VectorsInput[]> {
  const { isRunFolder, readRecord } = await import('../runs/folder.node.ts')
  const [, run, split = 'test'] = /^(.+?)(?::(train|test))?$/.exec(source)!
  if (isRunFolder(run)) return openEpochs(run, split, context, options)
  const vectors = await some(source, context, options)
  const [, folder] = /^(.+)@\d+:\w+$/.exec(source) ?? []
  const record = folder !== undefined && isRunFolder(folder) ? await readRecord(folder) : undefined
  const imagesOf = await openImages(context, options, record)
  return [{ source, vectors, pictures: imagesOf(vectors) }]
}

/** All vectors of a source, or as many as are wanted, with their labels. */
async function some(
  source: string,
  context: Context,
  { sample, labels: file }: KindOptions,
): Promise<Vectors> {
  if (!isShardFolder(source)) {
    const { openVectors } = await import('../runs/open-vectors.node.ts')
    const vectors = await openVectors(source, { labels: file })
    if (sample === undefined) return vectors
    sayDrawn(context, sample, vectors.ids.length, source)
    return sampleVectors(vectors, sample, context.seed)
  }
  const { rows, total, ...vectors } = await sampleShards(source, sample ?? usualSample, context.seed)
  sayDrawn(context, rows.length, total, source)
  if (file === undefined) return vectors
  const labels = await labelsFor(source, file, total)
  return { ...vectors, labels: Array.from(rows, row => labels[row]) }
}

function sayDrawn(context: Context, count: number, total: number, source: string): void {
  if (count < total)
    note(context, `${count} of the ${total} vectors of ${source}, drawn at random (--sample)`)
}

async function openEpochs(
  run: string,
  split: string,
  context: Context,
  options: KindOptions,
): Promise<VectorsInput[]> {
  const { openEmbeddingRun } = await import('../runs/open-embedding-run.node.ts')
  const { epochs, splits, vectors, record } = await openEmbeddingRun(run, async () => undefined)
  const known = splits.find(name => name === split)
  if (!known) {
    throw new GlasshouseError({
      code: 'split-empty',
      what: `the run has no vectors of the ${split} split`,
      where: run,
      hint: splits.length ? `Name ${run}:${splits[0]}` : 'The run stopped before its first epoch',
    })
  }
  const { sample = Number.POSITIVE_INFINITY, labels: file } = options
  const imagesOf = await openImages(context, options, record)
  const sets = await Promise.all(epochs.map(epoch => vectors(epoch, known)))
  const total = sets[0].ids.length
  const labels = file === undefined ? undefined : await labelsFor(`${run}:${split}`, file, total)
  sayDrawn(context, sample, total, `each epoch of ${run}`)
  return sets.map((all, at) => {
    const read = sampleVectors({ ...all, labels: labels ?? all.labels }, sample, context.seed)
    return {
      source: `${run}@${epochs[at]}:${split}`,
      epoch: epochs[at],
      vectors: read,
      pictures: imagesOf(read),
    }
  })
}

/** Finds the images of vectors: among those that are named, or those of the run that made the vectors. */
async function openImages(
  context: Context,
  { images }: KindOptions,
  record: RunRecord | undefined,
): Promise<(vectors: Vectors) => VectorsInput['pictures']> {
  if (images !== undefined) {
    const dataset = await openData(images, context, { minimumClasses: 1 })
    const store = await openPictures(dataset, pictureSize, { work: context })
    const places = new Map(dataset.items.map(({ path }, place) => [path, place]))
    return vectors => ({ store, places: placesByPath(vectors, places, images) })
  }
  const store = record && (await picturesOf(record, context))
  return ({ ids }) => store && { store, places: ids }
}

function placesByPath(
  { ids, paths }: Vectors,
  places: ReadonlyMap<string, number>,
  images: string,
): Int32Array {
  const found = Int32Array.from(ids, (_, row) => places.get(paths?.[row] ?? '') ?? -1)
  if (found.every(place => place < 0)) {
    throw new GlasshouseError({
      code: 'pictures-unknown',
      what: 'the data set has none of the images that the vectors name',
      where: images,
      expected: 'paths as in the vectors',
      got: paths?.find(path => path !== '') ?? 'vectors without paths',
    })
  }
  return found
}
