/**
 * Self-supervision on any source of images, and supervised training beside it, on equal terms: one network, one number
 * of steps, one optimiser. Rotation names which quarter turn was done (Gidaris et al. 2018, RotNet); cluster names the
 * k-means cluster of the features, found again before each epoch, with a new head each time (Caron et al. 2018, DeepCluster).
 */
import { random } from '../../base/random.ts'
import { createWork, type Work } from '../../base/work.ts'
import type { Augmentation } from '../../data/augment.ts'
import type { Batch } from '../../data/batches.ts'
import { type LoadOptions, loadBatches } from '../../data/loader.ts'
import { centrePictures } from '../../data/prepare/prepare.ts'
import { turned } from '../../data/pretext/windows.ts'
import { type PictureStore, pictureAt } from '../../data/store.ts'
import { kMeans } from '../../embedding/clustering.ts'
import { normaliseRows } from '../../embedding/retrieval.ts'
import { type Tensor, tensor } from '../../graph/tensor.ts'
import { answersOf, classify } from '../../models/classification.ts'
import { forward, forwardBatches } from '../../models/forward.ts'
import { headPrefix } from '../../nets/architectures.ts'
import { type BuiltNetwork, initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import { bindObjective } from '../../objectives/objective.ts'
import { objectiveNamed } from '../../objectives/registry.ts'
import { networkOfState } from '../../runs/keeper.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { beginning, type Course, type Keeper, runLoop } from '../../training/loop.ts'
import { scheduleNamed } from '../../training/schedule.ts'
import { createTrainingStep, type TrainingState } from '../../training/step.ts'
import type { Kept } from '../lens.ts'

export interface ImageSource {
  /** each image may be made when it is asked for */
  store: PictureStore
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
  seed: number
}

export interface Learned {
  network: Network
  /** mean loss of the last epoch, and the accuracy on images that were not trained on */
  loss: number
  accuracy: number
}

/** What a network is asked about images: each appears in some forms, which follow one another. */
interface Question {
  store: PictureStore
  forms: number
  /** images to train on, not counting their forms; those behind them test the answer */
  trained: number
  classes: number
  /** the answer for an image in a form */
  answerOf(index: number): number
}

const optimiser = { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.0005 } as const
/** The last images are kept to test on. */
const keptShare = 0.1
/** Images that the answer is tested on, at most. */
const mostTested = 500

/** @param kept where the state after each epoch is kept, and from which a training that was stopped goes on */
export async function learn(
  engine: Engine,
  { store, labels }: ImageSource,
  method: Method,
  settings: PretextSettings,
  work: Work = createWork(),
  kept?: Kept,
): Promise<Learned> {
  const { plan, epochs, steps, batch, rate, seed } = settings
  const isCluster = method === 'cluster'
  let answers = labels
  const question: Question = {
    trained: Math.max(1, Math.floor((1 - keptShare) * store.count)),
    ...(method === 'rotation'
      ? { store: inTurns(store), forms: 4, classes: 4, answerOf: index => index % 4 }
      : {
          ...{ store, forms: 1, classes: isCluster ? settings.clusters : settings.classes },
          answerOf: index => answers?.[index] ?? 0,
        }),
  }
  const names = Array.from({ length: question.classes }, (_, at) => String(at))
  const full: NetworkPlan = { ...plan, head: { kind: 'classes', classes: names } }
  const schedule = scheduleNamed('one-cycle')
  const course: Course = {
    ...{ epochs, stepsPerEpoch: steps, batch },
    rate: step => rate * schedule(step, epochs * steps),
    batches: epoch => batchesOf(question, settings, epoch - 1),
  }
  const before = stageIn(await kept?.read(keptName))
  let { loss } = before ?? { loss: Number.NaN }
  const position = { ...beginning(), epoch: before?.epoch ?? 0 }
  let state: TrainingState = before?.state ?? new Map(initialParameters(full, seed))
  while (position.epoch < epochs) {
    if (isCluster) {
      answers = await clustersOf(engine, networkOfState(full, state), store, settings, work)
      // Clusters have other numbers each time.
      state = withNewHead(state, full, seed + 1000 * (position.epoch + 1))
    }
    const objective = bindObjective(objectiveNamed('softmax'), { smoothing: 0 })
    const stepPlan = { network: full, batch, objective, classes: names.length, optimiser, seed }
    const step = await createTrainingStep(engine, stepPlan, state)
    const until = isCluster ? position.epoch + 1 : epochs
    const keeper: Keeper = {
      step() {},
      async epoch(epoch, means) {
        if (means) loss = means.loss
        await kept?.write(keptName, tensorsOf({ epoch, loss, state: await step.state() }))
      },
      isEnough: () => position.epoch >= until,
    }
    try {
      await runLoop(step, course, position, keeper, work)
      state = await step.state()
    } finally {
      await step.dispose()
    }
  }
  const network = networkOfState(full, state)
  return { network, loss, accuracy: await accuracyOf(engine, network, question) }
}

/** Where a training stands between two epochs. */
interface Stage {
  /** epochs finished, and the mean loss of the last one */
  epoch: number
  loss: number
  state: TrainingState
}

const keptName = 'training'
/** Not the name of a parameter: those have no space. */
const stageTensor = 'epoch and loss'

const tensorsOf = ({ epoch, loss, state }: Stage): TrainingState =>
  new Map([...state, [stageTensor, tensor('float64', [2], Float64Array.of(epoch, loss))]])

function stageIn(tensors: ReadonlyMap<string, Tensor> | undefined): Stage | undefined {
  if (!tensors) return undefined
  const state = new Map(tensors)
  const [epoch, loss] = state.get(stageTensor)!.data as Float64Array
  state.delete(stageTensor)
  return { epoch, loss, state }
}

/** Every image in four quarter turns, which follow one another. */
function inTurns(store: PictureStore): PictureStore {
  // Its turns are asked for together: an image is made once for all of them.
  let last = { index: 0, picture: pictureAt(store, 0) }
  const upright = (index: number) => {
    if (last.index !== index) last = { index, picture: pictureAt(store, index) }
    return last.picture
  }
  return {
    ...store,
    count: 4 * store.count,
    picture: index => turned(upright(Math.floor(index / 4)), index % 4).data,
  }
}

/** The state with the head of a network that has learned nothing. */
function withNewHead(state: TrainingState, plan: NetworkPlan, seed: number): TrainingState {
  const isHead = ([name]: readonly [string, Tensor]) => name.startsWith(headPrefix(plan.net))
  return new Map([...state, ...[...initialParameters(plan, seed)].filter(isHead)])
}

/** Images drawn at random, each in all of its forms in one batch; the forms of an image are cut alike. */
function batchesOf(
  { store, forms, trained, answerOf }: Question,
  { batch, steps, plan, seed }: PretextSettings,
  epoch: number,
): ReturnType<typeof loadBatches> {
  const stream = random(seed, 'one image', epoch)
  const batches = Array.from({ length: steps }, (): Batch => {
    const indices = new Int32Array(batch)
    for (let place = 0; place < batch; place++)
      indices[place] = place % forms ? indices[place - 1] + 1 : forms * stream.integer(trained)
    return { indices, valid: batch, labels: indices.map(answerOf) }
  })
  const augmentation: Augmentation = { size: plan.preprocessing.size, steps: [{ name: 'random-crop' }] }
  const options: LoadOptions = {
    ...{ augmentation, statistics: plan.preprocessing, seed, epoch },
    cutLike: place => place - (place % forms),
  }
  return loadBatches(store, new Int32Array(0), batches, options)
}

/** The cluster of each image by the features of the network. */
async function clustersOf(
  engine: Engine,
  network: Network,
  store: PictureStore,
  { clusters, seed }: PretextSettings,
  work: Work,
): Promise<Int32Array> {
  const all = Int32Array.from({ length: store.count }, (_, index) => index)
  const { features } = await forward(
    engine,
    network,
    all.length,
    centrePictures(store, all, network.preprocessing),
    ({ pooled }) => ({ features: pooled }),
    { work, stage: 'features to cluster', batch: 64 },
  )
  const dim = features.length / all.length
  const { assignment } = await kMeans(engine, unitRows(features, dim), dim, {
    ...{ clusters, seed, starts: 1, iterations: 15, signal: work.signal },
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
  return normaliseRows(
    data.map((value, at) => value - mean[at % dim]),
    dim,
  )
}

/** On the images that were kept, in all forms; NaN where there are none. */
async function accuracyOf(
  engine: Engine,
  network: Network,
  { store, forms, trained, classes, answerOf }: Question,
): Promise<number> {
  const first = forms * trained
  const rows = Int32Array.from(
    { length: Math.min(forms * mostTested, store.count - first) },
    (_, row) => first + row,
  )
  if (rows.length === 0) return Number.NaN
  const fill = centrePictures(store, rows, network.preprocessing)
  const pick = ({ output }: BuiltNetwork) => ({ output })
  const batches = forwardBatches(engine, network, rows.length, fill, pick, { batch: 64 })
  const { predicted } = await answersOf(batches, rows.length, classes)
  return classify(predicted, classes, rows.map(answerOf)).accuracy
}
