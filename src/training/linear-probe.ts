/**
 * A linear classifier on fixed features: how much of a question can be read off them without learning anything more.
 * Soft-max regression by stochastic gradient descent, as a graph. Features are brought to mean 0 and deviation 1 by the
 * training rows. The learning rate is chosen by a fifth of the training rows, and all of them train the one that counts.
 */
import { random } from '../base/random.ts'
import type { Work } from '../base/work.ts'
import { createWork } from '../base/work.ts'
import { indexOfLargest } from '../models/classification.ts'
import type { Engine } from '../runtime/engine.ts'
import { batch, type Labelled, type LinearWeights, openLinearDescent } from './linear-descent.ts'

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

/** Parts that the training rows are divided into, one of which chooses. */
const parts = 5

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
  const descent = await openLinearDescent(engine, dim, classes, rates)
  try {
    const learn = (rows: readonly number[]) => descent.learn(own, rows, { epochs, seed, work })
    const rights = rates.map(() => 0)
    if (groups.length >= parts && rates.length > 1)
      for (let fold = 0; fold < folds; fold++) {
        const [taught, held] = [inFold(fold, false), inFold(fold, true)]
        const learned = await learn(taught)
        learned.forEach((weights, at) => {
          rights[at] += accuracyOf(weights, own, held, dim, classes)
        })
      }
    const best = rights.indexOf(Math.max(...rights))
    const weights = (await learn(all))[best]
    const tested = { features: scaled.test, labels: test.labels }
    const asked = Array.from({ length: test.labels.length }, (_, row) => row)
    return { accuracy: accuracyOf(weights, tested, asked, dim, classes), rate: rates[best] }
  } finally {
    await descent.dispose()
  }
}

function accuracyOf(
  { weight, bias }: LinearWeights,
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
