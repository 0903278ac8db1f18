/**
 * What is measured and kept after every epoch, and before the first: the score on the test split; for an
 * embedding also the vectors and the triplets of both splits, from which every image of a run can be redrawn.
 */
import { writeInside } from '../base/files.node.ts'
import { unwatched, type Work } from '../base/work.ts'
import { labelsOf } from '../data/dataset.ts'
import { retrieve, retrieveByRole } from '../embedding/retrieval.ts'
import { encodeVectors, type Vectors } from '../embedding/vectors.ts'
import { classify } from '../models/classification.ts'
import type { Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'
import { type EpochLine, embeddingsName, type RunRecord, tripletsName } from './record.ts'
import { answersTo, outputsOf, type TrainingData } from './training-data.node.ts'
import { writeTriplets } from './triplets.node.ts'

export interface EpochContext extends Work {
  engine: Engine
  folder: string
}

/** Evaluates and writes the epoch's files. The line still lacks the training loss. */
export async function evaluateEpoch(
  context: EpochContext,
  record: RunRecord,
  network: Network,
  data: TrainingData,
  epoch: number,
): Promise<EpochLine> {
  const started = performance.now()
  const scores =
    record.head.kind === 'classes'
      ? await scoreClassifier(context, network, data)
      : await scoreEmbedding(context, network, data, epoch)
  return { kind: 'epoch', epoch, step: 0, ...scores, seconds: (performance.now() - started) / 1000 }
}

async function scoreClassifier(context: EpochContext, network: Network, data: TrainingData) {
  const val = data.val.length ? await accuracyOf(context, network, data, data.val) : undefined
  // Where the data has no test split, the training images are scored.
  const scores = await accuracyOf(context, network, data, data.test.length ? data.test : data.train)
  return { ...(val && { val: { accuracy: val.accuracy } }), ...scores }
}

async function accuracyOf(context: EpochContext, network: Network, data: TrainingData, indices: Int32Array) {
  const options = { work: unwatched(context) }
  const { predicted } = await answersTo(context.engine, network, data, indices, options)
  const classes = data.dataset.classes.length
  const { accuracy, perClass, precision, f1, macroF1 } = classify(
    predicted,
    classes,
    indices.map(index => data.labels[index]),
  )
  return { accuracy, macroF1, ...(classes <= loggedClasses && { perClass, precision, f1 }) }
}

/** With more classes the accuracy of each is not logged at every epoch: the log would be mostly that. */
const loggedClasses = 1000

async function scoreEmbedding(context: EpochContext, network: Network, data: TrainingData, epoch: number) {
  const { engine, folder } = context
  const work = unwatched(context)
  const labels = labelsOf(data.dataset)
  const dim = network.head.kind === 'embedding' ? network.head.dim : 0
  const embed = async (indices: Int32Array) => {
    const vectors = await outputsOf(engine, network, data, indices, { work })
    return { data: vectors, dim, labels: indices.map(index => labels[index]) }
  }
  const score = async (split: 'train' | 'test', indices: Int32Array) => {
    const own = await embed(indices)
    const result = await retrieve(engine, own, { work })
    const items = Array.from(indices, index => data.dataset.items[index])
    const vectors: Vectors = {
      ids: indices,
      paths: items.map(item => item.path),
      labels: items.map(item => data.dataset.classes[item.label]),
      dim,
      data: own.data,
    }
    await writeInside(folder, embeddingsName(epoch, split), encodeVectors(vectors))
    await writeTriplets(folder, tripletsName(epoch, split), indices, result.triplets)
    const roles = items.map(({ role }) => role)
    const { recall, rPrecision, mapAtR } = roles.some(Boolean)
      ? await retrieveByRole(engine, own, roles, { work })
      : result
    return { recall, rPrecision, mapAtR }
  }
  const train = await score('train', data.train)
  const val = data.val.length ? await retrieve(engine, await embed(data.val), { work }) : undefined
  return {
    ...(val && { val: { recall: val.recall } }),
    ...(data.test.length ? await score('test', data.test) : train),
  }
}
