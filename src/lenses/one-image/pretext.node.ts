/**
 * Self-supervision on any source of images, and supervised training beside it, on equal terms: one network, so many
 * steps, one optimiser. Rotation names which quarter turn was done (Gidaris et al. 2018, RotNet); cluster names the
 * k-means cluster of the features, found again before each epoch, with a new head each time (Caron et al. 2018, DeepCluster).
 */
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import { createWork, type Work } from '../../base/work.ts'
import { type Augmentation, augmentationStream, augmentInto } from '../../data/augment.ts'
import type { LoadedBatch } from '../../data/loader.ts'
import { turned } from '../../data/pretext/windows.ts'
import { kMeans } from '../../embedding/clustering.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { forward } from '../../models/forward.ts'
import { headPrefix } from '../../nets/architectures.ts'
import { initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import { bindObjective } from '../../objectives/objective.ts'
import { objectiveNamed } from '../../objectives/registry.ts'
import type { Engine } from '../../runtime/engine.ts'
import { beginning, type EpochMeans, runLoop } from '../../training/loop.ts'
import { scheduleNamed } from '../../training/schedule.ts'
import { createTrainingStep } from '../../training/step.ts'

/** Images to learn from, all of one size; each may be made when it is asked for. */
export interface ImageSource {
  count: number
  picture(index: number): Picture
  /** of each image, where there are some */
  labels?: ArrayLike<number>
}

export type Method = 'rotation' | 'cluster' | 'supervised'

export interface PretextSettings {
  plan: Omit<NetworkPlan, 'head'>
  epochs: number
  steps: number
  batch: number
  rate: number
  clusters: number
  /** of the labels, for supervised training */
  classes: number
  augmentation: Augmentation
  seed: number
}

export interface Learned {
  network: Network
  /** mean loss of the last epoch, and the accuracy on images that were not trained on */
  loss: number
  accuracy: number
}

const optimiser = { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.0005 } as const

export async function learn(
  engine: Engine,
  source: ImageSource,
  method: Method,
  settings: PretextSettings,
  work: Work = createWork(),
): Promise<Learned> {
  const { plan, epochs, steps, rate, seed, classes, clusters } = settings
  const names = Array.from(
    { length: method === 'rotation' ? 4 : method === 'cluster' ? clusters : classes },
    (_, at) => String(at),
  )
  const full: NetworkPlan = { ...plan, head: { kind: 'classes', classes: names } }
  let parameters: Map<string, Tensor> = new Map(initialParameters(full, seed))
  const schedule = scheduleNamed('one-cycle')
  const last = { loss: Number.NaN }
  let { labels } = source
  for (let epoch = 0; epoch < epochs; epoch++) {
    const own = { ...settings, seed }
    if (method === 'cluster') {
      labels = await clustersOf(engine, { ...full, parameters }, source, own, epoch, work)
      // Clusters have other numbers each time.
      const fresh = initialParameters(full, seed + 1000 * (epoch + 1))
      for (const name of parameters.keys())
        if (name.startsWith(headPrefix(plan.net))) parameters.set(name, fresh.get(name)!)
    }
    const step = await createTrainingStep(
      engine,
      {
        network: full,
        batch: settings.batch,
        objective: bindObjective(objectiveNamed('softmax'), { smoothing: 0 }),
        classes: names.length,
        optimiser,
        seed,
      },
      parameters,
    )
    try {
      const course = {
        epochs: 1,
        stepsPerEpoch: steps,
        batch: settings.batch,
        rate: (at: number) => rate * schedule(epoch * steps + at, epochs * steps),
        batches: () => batchesOf(source, method, labels, own, epoch, 0),
      }
      const keeper = {
        step() {},
        async epoch(_: number, found?: EpochMeans) {
          if (found) last.loss = found.loss
        },
      }
      await runLoop(step, course, { ...beginning(), epoch: 0 }, keeper, work)
      parameters = new Map(
        [...step.state()].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
      )
    } finally {
      await step.dispose()
    }
  }
  const network: Network = {
    ...full,
    parameters: new Map([...parameters].filter(([name]) => !name.includes(':'))),
  }
  return {
    network,
    loss: last.loss,
    accuracy: await accuracyOf(engine, network, source, method, labels, settings),
  }
}

/** Steps of an epoch; the images beyond those that are trained on test the answer. */
function* batchesOf(
  source: ImageSource,
  method: Method,
  labels: ArrayLike<number> | undefined,
  { batch, steps, augmentation, plan, seed }: PretextSettings,
  epoch: number,
  from: number,
): Generator<LoadedBatch> {
  const { size } = augmentation
  const length = 3 * size * size
  const stream = random(seed, 'one image', epoch)
  for (let step = from; step < steps; step++) {
    const images = new Float32Array(batch * length)
    const indices = new Int32Array(batch)
    const answers = new Int32Array(batch)
    for (let place = 0; place < batch; place++) {
      // A quarter turn of each image, all four of it in a batch.
      const index =
        method === 'rotation' && place % 4 ? indices[place - 1] : stream.integer(trainedOf(source))
      const turns = method === 'rotation' ? place % 4 : 0
      const picture = turned(source.picture(index), turns)
      indices[place] = index
      answers[place] = method === 'rotation' ? turns : (labels?.[index] ?? 0)
      const own = augmentationStream(
        seed,
        epoch,
        step * batch + (method === 'rotation' ? place - (place % 4) : place),
      )
      augmentInto(images, place * length, picture.data, picture.width, augmentation, plan.preprocessing, own)
    }
    yield { step, images, labels: answers, indices, valid: batch }
  }
}

/** The last images are kept to test on. */
const keptShare = 0.1
const trainedOf = ({ count }: ImageSource): number => Math.max(1, Math.floor((1 - keptShare) * count))

/** Images whose features are clustered, at most: of the others the nearest centre is the cluster. */
async function clustersOf(
  engine: Engine,
  network: Network,
  source: ImageSource,
  { clusters, seed, augmentation, plan }: PretextSettings,
  epoch: number,
  work: Work,
): Promise<Int32Array> {
  const { size } = augmentation
  const centre: Augmentation = { size, steps: [{ name: 'centre-crop' }] }
  const { features } = await forward(
    engine,
    network,
    source.count,
    (index, target, offset) => {
      const { data, width } = source.picture(index)
      augmentInto(
        target,
        offset,
        data,
        width,
        centre,
        plan.preprocessing,
        augmentationStream(seed, epoch, index),
      )
    },
    ({ pooled }) => ({ features: pooled }),
    { work, stage: 'features to cluster', batch: 64 },
  )
  const dim = features.length / source.count
  const { assignment } = await kMeans(engine, unitRows(features, dim), dim, {
    clusters,
    seed,
    starts: 1,
    iterations: 15,
    signal: work.signal,
  })
  return assignment
}

/** Each number less its mean over the images, and each row of length 1: of features that are all alike, what differs. */
function unitRows(data: Float32Array, dim: number): Float32Array {
  const rows = data.length / dim
  const mean = new Float64Array(dim)
  data.forEach((value, at) => {
    mean[at % dim] += value / rows
  })
  const result = data.map((value, at) => value - mean[at % dim])
  for (let from = 0; from < result.length; from += dim) {
    const row = result.subarray(from, from + dim)
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1
    row.forEach((value, k) => {
      row[k] = value / length
    })
  }
  return result
}

/** On the images that were kept, in all forms. */
async function accuracyOf(
  engine: Engine,
  network: Network,
  source: ImageSource,
  method: Method,
  labels: ArrayLike<number> | undefined,
  { augmentation, plan, seed }: PretextSettings,
): Promise<number> {
  const forms = method === 'rotation' ? 4 : 1
  const kept = Math.min(500, source.count - trainedOf(source))
  if (kept < 1) return Number.NaN
  const centre: Augmentation = { size: augmentation.size, steps: [{ name: 'centre-crop' }] }
  const indexOf = (row: number) => trainedOf(source) + Math.floor(row / forms)
  const { output } = await forward(
    engine,
    network,
    kept * forms,
    (row, target, offset) => {
      const { data, width } = turned(source.picture(indexOf(row)), row % forms)
      augmentInto(target, offset, data, width, centre, plan.preprocessing, augmentationStream(seed, 0, row))
    },
    ({ output }) => ({ output }),
    { batch: 64 },
  )
  const classes = output.length / (kept * forms)
  let right = 0
  for (let row = 0; row < kept * forms; row++) {
    const scores = output.subarray(row * classes, (row + 1) * classes)
    const answer = scores.indexOf(scores.reduce((a, b) => Math.max(a, b)))
    if (answer === (method === 'rotation' ? row % forms : labels?.[indexOf(row)])) right++
  }
  return right / (kept * forms)
}
