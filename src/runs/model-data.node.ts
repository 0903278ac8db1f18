/** A model over a data set: which of its images, and what the network makes of them. */
import { openPrepared } from '../data/cache.node.ts'
import { chooseSplit } from '../data/choose-split.ts'
import type { DataOutline, Dataset, Split } from '../data/dataset.ts'
import { openData } from '../data/open-data.node.ts'
import { centrePictures } from '../data/prepare/prepare.ts'
import type { Value } from '../graph/graph.ts'
import { type AnswerOptions, type Answers, answersOf } from '../models/classification.ts'
import { type FillPicture, forward, forwardBatches } from '../models/forward.ts'
import { type BuiltNetwork, headWidth, type Network } from '../nets/network.ts'
import type { Context } from '../runtime/context.ts'
import { divide } from './division.ts'
import type { OpenedModel } from './open-model.node.ts'

/**
 * Reads data as the model's run divided it, where it comes from a run that held something out.
 * @param check refuses what does not suit, before any image is opened; see `ReadOptions`
 */
export async function openDataFor(
  model: Pick<OpenedModel, 'run'>,
  path: string,
  context: Context,
  { strict, check }: { strict: boolean; check?: (outline: DataOutline) => void },
): Promise<Dataset> {
  const dataset = await openData(path, context, { strict, minimumClasses: 1, check })
  const run = model.run?.record
  const same = run && run.data.fingerprint === dataset.fingerprint
  return same ? divide(dataset, run.data.split, run.seed) : dataset
}

export interface Chosen {
  dataset: Dataset
  /** of the split, positions in the data set */
  indices: Int32Array
}

/**
 * Reads data as above, and chooses a split.
 * @param check asked before the images are opened, as far as names tell, and after
 */
export async function openSplit(
  model: OpenedModel,
  path: string,
  context: Context,
  { split, strict }: { split: Split | 'all'; strict: boolean },
  check: (outline: DataOutline, indices: Int32Array) => void = () => {},
): Promise<Chosen> {
  const run = model.run?.record
  // Whether these are the images that the run divided shows only when they are read.
  const isCertain = !run || run.data.split.kind === 'given'
  const dataset = await openDataFor(model, path, context, {
    strict,
    check: outline => check(outline, chooseSplit(outline, isCertain ? split : 'all', path)),
  })
  const indices = chooseSplit(dataset, split, path)
  check(dataset, indices)
  return { dataset, indices }
}

export interface Over extends Chosen {
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
  const store = await openPrepared(dataset, preprocessing, { work: context })
  return centrePictures(store, indices, preprocessing)
}
