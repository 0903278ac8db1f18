/** What a classifier says of the images of a store, and their pooled features. */
import { centrePictures } from '../../data/prepare/prepare.ts'
import type { PictureStore } from '../../data/store.ts'
import { indexOfLargest, probabilities, readLogits } from '../../models/classification.ts'
import { forward, forwardBatches } from '../../models/forward.ts'
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
    centrePictures(store, images, network.preprocessing),
    ({ output }) => ({ output }),
    { work: context, stage: 'classifying' },
  )
  await readLogits(batches, width, (row, logits) => {
    const output = indexOfLargest(logits)
    const shares = probabilities(logits, scores)
    answers.predicted[row] = classOf[output]
    answers.probability[row] = shares[output]
    shares.forEach((share, other) => {
      if (classOf[other] === truth[row])
        answers.labelProbability[row] = Math.max(answers.labelProbability[row], share)
    })
  })
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
    centrePictures(store, images, network.preprocessing),
    built => ({ features: pooledMaps(built, undefined) }),
    { work: context, stage },
  )
  return features
}
