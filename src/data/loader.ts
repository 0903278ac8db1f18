/**
 * From the order of images to what the engine is fed: batch after batch, each prepared when it is asked for.
 *
 * Preparing 32 samples of 96 pixels takes a few milliseconds of one core, a hundredth of the training step that
 * follows; the engine keeps both the calling thread and all cores busy while it runs, so a worker that prepared
 * ahead would only take from it what it saves here.
 */
import { random } from '../base/random.ts'
import { type Augmentation, augmentationStream, augmentInto, requireAugmentation } from './augment.ts'
import type { Batch } from './batches.ts'
import { type Mixed, type Mixing, mixBatch } from './mix.ts'
import type { ColourStatistics, PictureStore } from './store.ts'

export interface LoadedBatch {
  /** place in the epoch, counted from 0 */
  step: number
  /** batch x 3 x size x size, normalised */
  images: Float32Array
  /** class indices; int32, for whoever needs another type to convert */
  labels: Int32Array
  /** positions in the dataset */
  indices: Int32Array
  /** how many of them count; see `Batch` */
  valid: number
  /** where each image is mixed with another one */
  mixed?: Mixed
}

export interface LoadOptions {
  augmentation: Augmentation
  statistics: ColourStatistics
  /** mixes batches of two, by this */
  mixing?: Mixing
  seed: number
  /** fixes, with the seed and the place in the epoch, every sample's augmentation */
  epoch: number
  /**
   * the place of a batch whose cuts and colours a place takes, where the images of both are to be compared with each
   * other: one person at several moments, the turns of one image; its own unless given
   */
  cutLike?(place: number): number
  /** the step to begin with, for a run that resumes within an epoch */
  from?: number
}

/** `labels` holds the class of every item of the dataset; `batches` come from `batches.ts`. */
export function* loadBatches(
  store: PictureStore,
  labels: Int32Array,
  batches: readonly Batch[],
  { augmentation, statistics, mixing, seed, epoch, cutLike = place => place, from = 0 }: LoadOptions,
): Generator<LoadedBatch> {
  requireAugmentation(augmentation, store.size)
  const length = 3 * augmentation.size * augmentation.size
  for (let step = from; step < batches.length; step++) {
    const { indices, valid, labels: within } = batches[step]
    const images = new Float32Array(indices.length * length)
    indices.forEach((index, place) => {
      const own = step * indices.length + cutLike(place)
      const stream = augmentationStream(seed, epoch, own)
      augmentInto(images, place * length, store.picture(index), store.size, augmentation, statistics, stream)
    })
    const own = within ?? indices.map(index => labels[index])
    const mixed = mixing && mixBatch(images, own, augmentation.size, mixing, random(seed, 'mix', epoch, step))
    yield { step, images, labels: own, indices, valid, mixed }
  }
}
