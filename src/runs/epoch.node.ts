/**
 * What is measured and kept after every epoch, and before the first: the score on the test split; for an
 * embedding also the vectors and the triplets of both splits, from which every picture of a run can be redrawn.
 */
import { join } from 'node:path'
import { labelsOf } from '../data/dataset.ts'
import { retrieve, retrieveByRole } from '../embedding/retrieval.ts'
import { writeVectors } from '../embedding/vectors.node.ts'
import { classify } from '../models/classification.ts'
import type { Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'
import { type EpochLine, embeddingsName, type RunRecord, tripletsName } from './record.ts'
import { outputsOf, type TrainingData } from './training-data.node.ts'
import { writeTriplets } from './triplets.node.ts'

export interface EpochContext {
  engine: Engine
  folder: string
  signal: AbortSignal
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

/** Where the data has no test split, the training images are scored. */
const scored = ({ train, test }: TrainingData): Int32Array => (test.length ? test : train)

async function scoreClassifier({ engine, signal }: EpochContext, network: Network, data: TrainingData) {
  const indices = scored(data)
  const logits = await outputsOf(engine, network, data, indices, { signal })
  const { accuracy, perClass } = classify(
    logits,
    data.dataset.classes.length,
    indices.map(index => data.labels[index]),
  )
  return { accuracy, perClass }
}

async function scoreEmbedding(
  { engine, folder, signal }: EpochContext,
  network: Network,
  data: TrainingData,
  epoch: number,
) {
  const labels = labelsOf(data.dataset)
  const score = async (split: 'train' | 'test', indices: Int32Array) => {
    const vectors = await outputsOf(engine, network, data, indices, { signal })
    const dim = network.head.kind === 'embedding' ? network.head.dim : 0
    const own = { data: vectors, dim, labels: indices.map(index => labels[index]) }
    const result = await retrieve(engine, own, { signal })
    const items = Array.from(indices, index => data.dataset.items[index])
    await writeVectors(join(folder, embeddingsName(epoch, split)), {
      ids: indices,
      paths: items.map(item => item.path),
      labels: items.map(item => data.dataset.classes[item.label]),
      dim,
      data: vectors,
    })
    await writeTriplets(join(folder, tripletsName(epoch, split)), indices, result.triplets)
    const roles = items.map(({ role }) => role)
    const { recall, rPrecision, mapAtR } = roles.some(Boolean)
      ? await retrieveByRole(engine, own, roles, { signal })
      : result
    return { recall, rPrecision, mapAtR }
  }
  const train = await score('train', data.train)
  return data.test.length ? await score('test', data.test) : train
}
