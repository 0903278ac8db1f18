/**
 * A linear classifier on fixed features: how much of a question can be read off them without learning anything more.
 * Soft-max regression by stochastic gradient descent, as a graph. Features are brought to mean 0 and deviation 1 by the
 * training rows. The learning rate is chosen by a fifth of the training rows, and all of them train the one that counts.
 */
import { random } from '../base/random.ts'
import type { Work } from '../base/work.ts'
import { createWork } from '../base/work.ts'
import { gradient } from '../graph/gradient.ts'
import { Graph } from '../graph/graph.ts'
import { linear } from '../graph/ops/linear.ts'
import { crossEntropy } from '../graph/ops/softmax.ts'
import { float32, floats, int64 } from '../graph/tensor.ts'
import { indexOfLargest } from '../models/classification.ts'
import type { Engine } from '../runtime/engine.ts'
import { sgd } from './optimiser.ts'
import { scheduleNamed } from './schedule.ts'

export interface Labelled {
  /** rows x dim, row-major */
  features: Float32Array
  labels: ArrayLike<number>
}

export interface ProbeOptions {
  /** numbers in a row */
  dim: number
  classes: number
  seed?: number
  epochs?: number
  /** few rows get more epochs, until they have had so many steps */
  leastSteps?: number
  /** how many of five parts of the training rows choose the rate, one after the other: more are less of a lot */
  folds?: number
  /** learning rates to choose from */
  rates?: readonly number[]
  /** rows that belong together, such as the forms of an image: they are never divided */
  group?: number
  work?: Work
}

const batch = 64
/** Parts that the training rows are divided into, one of which chooses. */
const parts = 5
const descent = { momentum: 0.9, nesterov: false, weightDecay: 1e-4 }
/** Down to nothing along a half cosine. */
const schedule = scheduleNamed('cosine')

export interface Probed {
  /** share of the test rows that the classifier names right */
  accuracy: number
  /** the learning rate that was chosen */
  rate: number
}

/** Share of the test rows that the classifier names right. */
export const probeAccuracy = async (
  engine: Engine,
  train: Labelled,
  test: Labelled,
  options: ProbeOptions,
): Promise<number> => (await linearProbe(engine, train, test, options)).accuracy

/** The same, and the learning rate that it took. */
export async function linearProbe(
  engine: Engine,
  train: Labelled,
  test: Labelled,
  {
    dim,
    classes,
    seed = 0,
    epochs: wanted = 20,
    leastSteps = 0,
    folds = 1,
    rates = [0.001, 0.01, 0.1],
    group = 1,
    work = createWork(),
  }: ProbeOptions,
): Promise<Probed> {
  const scaled = standardised(train.features, test.features, dim)
  const rows = train.labels.length
  const groups = random(seed, 'probe').shuffle(Array.from({ length: Math.ceil(rows / group) }, (_, g) => g))
  const epochs = Math.max(wanted, Math.ceil(leastSteps / Math.ceil(rows / batch)))
  const partOf = new Int32Array(Math.ceil(rows / group))
  groups.forEach((number, at) => {
    partOf[number] = Math.floor(at / (groups.length / parts))
  })
  const all = Array.from({ length: rows }, (_, row) => row)
  const inFold = (fold: number, isHeld: boolean) =>
    all.filter(row => (partOf[Math.floor(row / group)] === fold) === isHeld)
  const own = { features: scaled.train, labels: train.labels }
  const step = await createStep(engine, dim, classes)
  try {
    const learn = async (rows: readonly number[], rate: number) =>
      step.learn(own, rows, { rate, epochs, seed, work })
    let best = { rate: rates[0], right: -1 }
    for (const rate of groups.length >= parts && rates.length > 1 ? rates : []) {
      let right = 0
      for (let fold = 0; fold < folds; fold++)
        right += accuracyOf(await learn(inFold(fold, false), rate), own, inFold(fold, true), dim, classes)
      if (right > best.right) best = { rate, right }
    }
    const weights = await learn(all, best.rate)
    const tested = { features: scaled.test, labels: test.labels }
    const asked = Array.from({ length: test.labels.length }, (_, row) => row)
    return { accuracy: accuracyOf(weights, tested, asked, dim, classes), rate: best.rate }
  } finally {
    await step.dispose()
  }
}

interface Weights {
  /** classes x dim */
  weight: Float32Array
  bias: Float32Array
}

async function createStep(engine: Engine, dim: number, classes: number) {
  const graph = new Graph()
  const x = graph.input('x', [batch, dim])
  const labels = graph.input('labels', [batch], 'int64')
  const rate = graph.input('rate', [])
  const weight = graph.input('weight', [classes, dim])
  const bias = graph.input('bias', [classes])
  const speeds = {
    weight: graph.input('speed of weight', [classes, dim]),
    bias: graph.input('speed of bias', [classes]),
  }
  const loss = crossEntropy(linear(x, weight, bias), labels, 0)
  const [slope, shift] = gradient(loss, [weight, bias])
  const nextWeight = sgd(descent, weight, slope, { momentum: speeds.weight }, { rate })
  const nextBias = sgd({ ...descent, weightDecay: 0 }, bias, shift, { momentum: speeds.bias }, { rate })
  const program = await engine.compile({
    graph,
    outputs: {
      'next weight': nextWeight.parameter,
      'next bias': nextBias.parameter,
      'next speed of weight': nextWeight.state.momentum,
      'next speed of bias': nextBias.state.momentum,
    },
    parameters: new Map(),
  })
  return {
    dispose: () => program.dispose(),
    async learn(
      { features, labels: answers }: Labelled,
      rows: readonly number[],
      { rate, epochs, seed, work }: { rate: number; epochs: number; seed: number; work: Work },
    ): Promise<Weights> {
      let state = {
        weight: float32([classes, dim], new Float32Array(classes * dim)),
        bias: float32([classes], new Float32Array(classes)),
        'speed of weight': float32([classes, dim], new Float32Array(classes * dim)),
        'speed of bias': float32([classes], new Float32Array(classes)),
      }
      const steps = Math.ceil(rows.length / batch)
      for (let epoch = 0; epoch < epochs; epoch++) {
        work.signal.throwIfAborted()
        const order = random(seed, 'probe order', epoch).shuffle([...rows])
        for (let at = 0; at < steps; at++) {
          // The last batch is filled from the beginning of the order.
          const chosen = Array.from({ length: batch }, (_, k) => order[(at * batch + k) % order.length])
          const content = new Float32Array(batch * dim)
          chosen.forEach((row, k) => {
            content.set(features.subarray(row * dim, (row + 1) * dim), k * dim)
          })
          const rateNow = rate * schedule(epoch * steps + at, epochs * steps)
          const next = await program.run({
            ...state,
            x: float32([batch, dim], content),
            labels: int64(
              [batch],
              chosen.map(row => answers[row]),
            ),
            rate: float32([], [rateNow]),
          })
          state = {
            weight: float32([classes, dim], floats(next['next weight']).slice()),
            bias: float32([classes], floats(next['next bias']).slice()),
            'speed of weight': float32([classes, dim], floats(next['next speed of weight']).slice()),
            'speed of bias': float32([classes], floats(next['next speed of bias']).slice()),
          }
        }
      }
      return { weight: floats(state.weight), bias: floats(state.bias) }
    },
  }
}

function accuracyOf(
  { weight, bias }: Weights,
  { features, labels }: Labelled,
  rows: readonly number[],
  dim: number,
  classes: number,
): number {
  const scores = new Float64Array(classes)
  let right = 0
  for (const row of rows) {
    for (let label = 0; label < classes; label++) {
      let sum = bias[label]
      for (let k = 0; k < dim; k++) sum += weight[label * dim + k] * features[row * dim + k]
      scores[label] = sum
    }
    if (indexOfLargest(scores) === labels[row]) right++
  }
  return rows.length ? right / rows.length : 0
}

/** Both with the mean and the deviation of the training rows; what never changes there becomes 0. */
export function standardised(train: Float32Array, test: Float32Array, dim: number) {
  const rows = train.length / dim
  const mean = new Float64Array(dim)
  const square = new Float64Array(dim)
  for (let at = 0; at < train.length; at++) {
    mean[at % dim] += train[at] / rows
    square[at % dim] += train[at] ** 2 / rows
  }
  const scale = square.map((value, k) => {
    const deviation = Math.sqrt(Math.max(0, value - mean[k] ** 2))
    return deviation > 1e-6 * (1 + Math.abs(mean[k])) ? 1 / deviation : 0
  })
  const scaled = (values: Float32Array) =>
    values.map((value, at) => (value - mean[at % dim]) * scale[at % dim])
  return { train: scaled(train), test: scaled(test) }
}
