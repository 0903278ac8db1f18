/**
 * A data set made ready for a run: divided, decoded, ordered into batches. A pure function of what the run's
 * record says, so that a resumed run sees the same images in the same order.
 */
import { GlasshouseError } from '../base/errors.ts'
import { type Batch, balancedBatches, shuffledBatches } from '../data/batches.ts'
import { preparedKey } from '../data/cache.node.ts'
import { type Dataset, indicesOf, labelsOf } from '../data/dataset.ts'
import { type LoadedBatch, loadBatches } from '../data/loader.ts'
import { centrePictures } from '../data/prepare/prepare.ts'
import type { PictureStore } from '../data/store.ts'
import { momentBatches } from '../data/video/moment-batches.ts'
import type { LayerName } from '../graph/graph.ts'
import { sizeOf } from '../graph/tensor.ts'
import { type Answers, answersOf } from '../models/classification.ts'
import { type FillPicture, type ForwardOptions, forward, forwardBatches } from '../models/forward.ts'
import { type BuiltNetwork, headWidth, type Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'
import { type Features, openFeatures } from '../training/features.node.ts'
import { framesOfMontage } from './reactions/data.ts'
import type { RunRecord } from './record.ts'

export interface TrainingData {
  dataset: Dataset
  store: PictureStore
  /** class of every item of the dataset */
  labels: Int32Array
  /** positions in the dataset */
  train: Int32Array
  /** what the best epoch is chosen on; empty where the data has two splits, and it is chosen on the test images */
  val: Int32Array
  test: Int32Array
  /** how many classes are trained on; the labels of batches count them */
  trainedClasses: number
  stepsPerEpoch: number
  /** what stands in the batches of an epoch */
  order(epoch: number): readonly Batch[]
  /** class of every item as batches give it: counted among the trained ones */
  batchLabels: Int32Array
  /** what a frozen layer gives for every image: it is fed instead of them */
  features?: Features
  /** the batches of an epoch (counted from 1), from a step on */
  batches(epoch: number, from: number): Generator<LoadedBatch>
}

/** Orders the images of a data set that is already divided, as the record says. */
export function prepareData(
  { training, preprocessing, seed, head, moments }: RunRecord,
  dataset: Dataset,
  store: PictureStore,
  balanced: boolean,
): TrainingData {
  const labels = labelsOf(dataset)
  const train = indicesOf(dataset, 'train')
  const val = indicesOf(dataset, 'val')
  const test = indicesOf(dataset, 'test')
  // A classifier has an output for every class. What an embedding's objective keeps for each class, such as a
  // proxy, is only for those that it is trained on: those held out must not be pushed away from.
  const [batchLabels, trainedClasses] =
    head.kind === 'classes' ? [labels, dataset.classes.length] : renumbered(labels, train)
  const frames = moments && framesOfMontage(dataset)
  const order = (epoch: number): readonly Batch[] =>
    moments && frames
      ? momentBatches(frames, train, { ...moments, seed, epoch })
      : balanced
        ? balancedBatches(labels, train, {
            batch: training.batch,
            perClass: training.perClass,
            coverage: training.coverage,
            seed,
            epoch,
          })
        : shuffledBatches(train, { batch: training.batch, seed, epoch })
  const stepsPerEpoch = order(1).length
  if (stepsPerEpoch === 0) {
    throw new GlasshouseError({
      code: 'no-batches',
      what: 'the training images do not fill one batch',
      path: ['options', 'batch'],
      hint: 'Choose a smaller --batch or --per-class',
    })
  }
  return {
    dataset,
    store,
    labels,
    train,
    val,
    test,
    trainedClasses,
    stepsPerEpoch,
    order,
    batchLabels,
    batches: (epoch, from) =>
      loadBatches(store, batchLabels, order(epoch), {
        augmentation: training.augmentation,
        statistics: preprocessing,
        mixing: training.mixing,
        seed,
        epoch,
        from,
        // What a face does is a matter of pixels: a cut of its own for each frame would hide it.
        ...(moments && { cutLike: (place: number) => place % moments.people }),
      }),
  }
}

/** The same data with the features of a frozen layer in the place of images, which are run through it once. */
export async function withFeatures(
  engine: Engine,
  network: Network,
  data: TrainingData,
  layer: LayerName,
  options: ForwardOptions,
): Promise<TrainingData> {
  const { dataset, store } = data
  const everything = Int32Array.from(dataset.items.keys())
  const source = {
    fingerprint: `${dataset.fingerprint} ${preparedKey({ ...network.preprocessing, resize: store.size })}`,
    count: everything.length,
    fill: centrePictures(store, everything, network.preprocessing),
  }
  const features = await openFeatures(engine, network, layer, source, options)
  return { ...data, features, batches: (epoch, from) => featureBatches(features, data, epoch, from) }
}

function* featureBatches(
  features: Features,
  { order, batchLabels }: TrainingData,
  epoch: number,
  from: number,
): Generator<LoadedBatch> {
  const width = sizeOf(features.shape)
  for (const [step, { indices, valid }] of order(epoch).entries()) {
    if (step < from) continue
    const images = new Float32Array(indices.length * width)
    indices.forEach((index, place) => {
      features.read(index, images, place * width)
    })
    yield { step, images, labels: indices.map(index => batchLabels[index]), indices, valid }
  }
}

/** Labels that count from 0 the classes that occur at `indices`, -1 for all others; and how many they are. */
function renumbered(labels: Int32Array, indices: Int32Array): [Int32Array, number] {
  const classes = [...new Set(Array.from(indices, index => labels[index]))].sort((a, b) => a - b)
  const numbers = new Map(classes.map((label, number) => [label, number]))
  return [labels.map(label => numbers.get(label) ?? -1), classes.length]
}

/** The network's output for the images at `indices`: indices.length x width, row-major. */
export async function outputsOf(
  engine: Engine,
  network: Network,
  data: TrainingData,
  indices: ArrayLike<number>,
  options: ForwardOptions = {},
): Promise<Float32Array> {
  const pick = ({ output }: BuiltNetwork) => ({ output })
  const all = { ...options, from: data.features?.layer }
  const fill = fillFrom(data, network, indices)
  return (await forward(engine, network, indices.length, fill, pick, all)).output
}

/** What a classifier says of the images at `indices`. */
export async function answersTo(
  engine: Engine,
  network: Network,
  data: TrainingData,
  indices: ArrayLike<number>,
  options: ForwardOptions = {},
): Promise<Answers> {
  const pick = ({ output }: BuiltNetwork) => ({ output })
  const all = { ...options, from: data.features?.layer }
  const fill = fillFrom(data, network, indices)
  const batches = forwardBatches(engine, network, indices.length, fill, pick, all)
  return answersOf(batches, indices.length, headWidth(network.head))
}

const fillFrom = (
  { store, features }: TrainingData,
  { preprocessing }: Network,
  indices: ArrayLike<number>,
): FillPicture =>
  features
    ? (index, target, offset) => features.read(indices[index], target, offset)
    : centrePictures(store, indices, preprocessing)
