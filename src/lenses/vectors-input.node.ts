/** Opens VECTORS for a lens: a file, what a run embedded at an epoch, or all epochs of a run one after another. */
import { GlasshouseError } from '../base/errors.ts'
import { note } from '../base/work.ts'
import { openPictures } from '../data/cache.node.ts'
import { openData } from '../data/open-data.node.ts'
import { sampleShards } from '../embedding/sampled-shards.node.ts'
import { isShardFolder } from '../embedding/vector-shards.node.ts'
import { labelsFor } from '../embedding/vectors.node.ts'
import type { Vectors } from '../embedding/vectors.ts'
import { picturesOf } from '../runs/pictures.node.ts'
import type { Context } from '../runtime/context.ts'
import type { KindOptions, VectorsInput } from './inputs.ts'

/** Side of the images of a data set that a file of vectors describes. */
const pictureSize = 96

/** `RUN` and `RUN:train` are all epochs of a run; everything else is one set of vectors. */
export async function openVectorsInput(
  source: string,
  context: Context,
  options: KindOptions,
): Promise<VectorsInput[]> {
  const [{ isRunFolder, readRecord }, { openVectors }] = await Promise.all([
    import('../runs/folder.node.ts'),
    import('../runs/open-vectors.node.ts'),
  ])
  const [, run, split = 'test'] = /^(.+?)(?::(train|test))?$/.exec(source)!
  if (isRunFolder(run)) return openEpochs(run, split, context)
  const vectors = isShardFolder(source)
    ? await drawn(source, context, options)
    : await openVectors(source, { labels: options.labels })
  const [, folder] = /^(.+)@\d+:\w+$/.exec(source) ?? []
  if (folder !== undefined && isRunFolder(folder)) {
    const store = await picturesOf(await readRecord(folder), context)
    return [{ source, vectors, pictures: store && { store, places: vectors.ids } }]
  }
  const pictures = options.images ? await byPath(vectors, options.images, context) : undefined
  return [{ source, vectors, pictures }]
}

/** Vectors in shards may be more than can be laid out, or held. */
async function drawn(
  source: string,
  context: Context,
  { sample = 100_000, labels: file }: KindOptions,
): Promise<Vectors> {
  const { rows, total, ...vectors } = await sampleShards(source, sample, context.seed)
  if (rows.length < total)
    note(context, `${rows.length} of the ${total} vectors of ${source}, drawn at random (--sample)`)
  if (file === undefined) return vectors
  const labels = await labelsFor(source, file, total)
  return { ...vectors, labels: Array.from(rows, row => labels[row]) }
}

async function openEpochs(run: string, split: string, context: Context): Promise<VectorsInput[]> {
  const { openEmbeddingRun } = await import('../runs/open-embedding-run.node.ts')
  const { epochs, splits, vectors, pictures } = await openEmbeddingRun(run, record =>
    picturesOf(record, context),
  )
  const known = splits.find(name => name === split)
  if (!known) {
    throw new GlasshouseError({
      code: 'split-empty',
      what: `the run has no vectors of the ${split} split`,
      where: run,
      hint: splits.length ? `Name ${run}:${splits[0]}` : 'The run stopped before its first epoch',
    })
  }
  const store = await pictures()
  return Promise.all(
    epochs.map(async epoch => {
      const read = await vectors(epoch, known)
      return {
        source: `${run}@${epoch}:${split}`,
        epoch,
        vectors: read,
        pictures: store && { store, places: read.ids },
      }
    }),
  )
}

async function byPath({ ids, paths }: Vectors, images: string, context: Context) {
  const dataset = await openData(images, context, { minimumClasses: 1 })
  const places = new Map(dataset.items.map(({ path }, place) => [path, place]))
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
  return { store: await openPictures(dataset, pictureSize, { work: context }), places: found }
}
