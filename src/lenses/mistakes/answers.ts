/** What a classifier says of the images of a store, and their pooled features. */
import type { Picture } from '../../base/picture.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import type { PictureStore } from '../../data/store.ts'
import { indexOfLargest, probabilities } from '../../models/classification.ts'
import { type FillPicture, forward, forwardBatches } from '../../models/forward.ts'
import { headWidth, type Network } from '../../nets/network.ts'
import type { LensContext } from '../lens.ts'
import { pooledMaps } from '../maps/layer-maps.ts'

/** By row; classes are outputs of the network. */
export interface Answers {
  truth: Int32Array
  predicted: Int32Array
  /** of the predicted class */
  probability: Float32Array
  /** of the true class */
  labelProbability: Float32Array
}

/** Images of a store, and how a network reads them. */
export interface Reading {
  network: Network
  store: PictureStore
}

/**
 * @param images positions in the store
 * @param truth the output that each image should have
 * @param classOf the class of each output: several outputs may stand for one
 */
export async function answersOf(
  context: LensContext,
  { network, store }: Reading,
  images: Int32Array,
  truth: Int32Array,
  classOf: readonly number[],
): Promise<Answers> {
  const width = headWidth(network.head)
  const scores = network.head.kind === 'classes' ? network.head.scores : undefined
  const answers: Answers = {
    truth,
    predicted: new Int32Array(images.length),
    probability: new Float32Array(images.length),
    labelProbability: new Float32Array(images.length),
  }
  const batches = forwardBatches(
    context.engine,
    network,
    images.length,
    filling({ network, store }, images),
    ({ output }) => ({ output }),
    { work: context, stage: 'classifying' },
  )
  for await (const { start, rows, results } of batches)
    for (let row = 0; row < rows; row++) {
      const shares = probabilities(results.output.subarray(row * width, (row + 1) * width), scores)
      const output = indexOfLargest(shares)
      answers.predicted[start + row] = classOf[output]
      answers.probability[start + row] = shares[output]
      for (let other = 0; other < width; other++)
        if (classOf[other] === truth[start + row])
          answers.labelProbability[start + row] = Math.max(
            answers.labelProbability[start + row],
            shares[other],
          )
    }
  return answers
}

/** The last maps of images, averaged over their places: count x channels. */
export async function featuresOf(
  context: LensContext,
  { network, store }: Reading,
  images: Int32Array,
  stage: string,
): Promise<Float32Array> {
  const { features } = await forward(
    context.engine,
    network,
    images.length,
    filling({ network, store }, images),
    built => ({ features: pooledMaps(built, undefined) }),
    { work: context, stage },
  )
  return features
}

export const pictureAt = (store: PictureStore, index: number): Picture => ({
  width: store.size,
  height: store.size,
  data: store.picture(index),
})

const filling =
  ({ network: { preprocessing }, store }: Reading, images: Int32Array): FillPicture =>
  (row, target, offset) =>
    fillPrepared(viewOf(pictureAt(store, images[row]), preprocessing), preprocessing, target, offset)
