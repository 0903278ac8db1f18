/** What several commands ask about a model and its data. */

import { GlasshouseError } from '../base/errors.ts'
import { counting } from '../base/work.ts'
import { type Dataset, indicesOf, type Split } from '../data/dataset.ts'
import { openData, openPicturesOf } from '../data/open-data.node.ts'
import type { Value } from '../graph/graph.ts'
import { forward } from '../models/forward.ts'
import type { BuiltNetwork, Network } from '../nets/network.ts'
import { divide } from '../runs/division.ts'
import type { OpenedModel } from '../runs/open-model.node.ts'
import { centrePictures } from '../runs/training-data.node.ts'
import type { CommandContext } from './command.ts'

export const splits = ['train', 'val', 'test', 'all'] as const

/** Reads data as the model's run divided it, where it comes from a run that held something out. */
export async function openDataFor(
  model: OpenedModel,
  path: string,
  context: CommandContext,
  strict: boolean,
): Promise<Dataset> {
  const dataset = await openData(path, context, { strict, minimumClasses: 1 })
  const run = model.run?.record
  const same = run && run.data.fingerprint === dataset.fingerprint
  return same ? divide(dataset, run.data.split, run.seed) : dataset
}

/** Positions of a split; all images where the data names no splits. */
export function chooseSplit(dataset: Dataset, split: Split | 'all', where: string): Int32Array {
  const indices = indicesOf(dataset, split === 'all' ? undefined : split)
  if (indices.length) return indices
  if (dataset.items.every(item => item.split === undefined)) return indicesOf(dataset)
  throw new GlasshouseError({
    code: 'split-empty',
    what: `the data has no images in the split '${split}'`,
    where,
    hint: 'Choose another --split',
  })
}

/** Runs the network over pictures of a data set, with progress. */
export async function forwardData<Name extends string>(
  context: CommandContext,
  network: Network,
  dataset: Dataset,
  indices: Int32Array,
  pick: (built: BuiltNetwork) => Record<Name, Value>,
  batch: number,
): Promise<Record<Name, Float32Array>> {
  const store = await openPicturesOf(dataset, network.preprocessing.resize, context)
  const done = counting(context, 'images')
  return forward(
    await context.engine(),
    network,
    indices.length,
    centrePictures(store, indices, network.preprocessing),
    pick,
    {
      batch,
      signal: context.signal,
      onProgress: count => done(count, indices.length),
    },
  )
}
