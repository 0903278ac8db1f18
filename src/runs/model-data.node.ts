/** A model over a data set: which of its images, and what the network makes of them. */

import { openPictures } from '../data/cache.node.ts'
import type { Dataset } from '../data/dataset.ts'
import { openData } from '../data/open-data.node.ts'
import type { Value } from '../graph/graph.ts'
import { type AnswerOptions, type Answers, answersOf } from '../models/classification.ts'
import { type FillPicture, forward, forwardBatches } from '../models/forward.ts'
import { type BuiltNetwork, headWidth, type Network } from '../nets/network.ts'
import type { Context } from '../runtime/context.ts'
import { divide } from './division.ts'
import type { OpenedModel } from './open-model.node.ts'
import { centrePictures } from './training-data.node.ts'

/** Reads data as the model's run divided it, where it comes from a run that held something out. */
export async function openDataFor(
  model: Pick<OpenedModel, 'run'>,
  path: string,
  context: Context,
  strict: boolean,
): Promise<Dataset> {
  const dataset = await openData(path, context, { strict, minimumClasses: 1 })
  const run = model.run?.record
  const same = run && run.data.fingerprint === dataset.fingerprint
  return same ? divide(dataset, run.data.split, run.seed) : dataset
}

export interface Over {
  dataset: Dataset
  /** of the data set */
  indices: Int32Array
  /** images at once */
  batch: number
}

/** Runs the network over images of a data set, with progress. */
export async function forwardData<Name extends string>(
  context: Context,
  network: Network,
  { dataset, indices, batch }: Over,
  pick: (built: BuiltNetwork) => Record<Name, Value>,
): Promise<Record<Name, Float32Array>> {
  const fill = await fillFrom(context, network, dataset, indices)
  const options = { batch, work: context }
  return forward(await context.engine(), network, indices.length, fill, pick, options)
}

/** What a classifier says of images of a data set. */
export async function classifyData(
  context: Context,
  network: Network,
  { dataset, indices, batch }: Over,
  answers: AnswerOptions = {},
): Promise<Answers> {
  const fill = await fillFrom(context, network, dataset, indices)
  const options = { batch, work: context }
  const pick = ({ output }: BuiltNetwork) => ({ output })
  const batches = forwardBatches(await context.engine(), network, indices.length, fill, pick, options)
  return answersOf(batches, indices.length, headWidth(network.head), answers)
}

async function fillFrom(
  context: Context,
  { preprocessing }: Network,
  dataset: Dataset,
  indices: Int32Array,
): Promise<FillPicture> {
  const store = await openPictures(dataset, preprocessing.resize, { work: context })
  return centrePictures(store, indices, preprocessing)
}
