/** Which images of a data set are meant. */
import { GlasshouseError } from '../base/errors.ts'
import { type DataOutline, indicesOf, type Split } from './dataset.ts'

export const splitChoices = ['train', 'val', 'test', 'all'] as const

/** Positions of a split; all images where the data names no splits. */
export function chooseSplit(dataset: DataOutline, split: Split | 'all', where: string): Int32Array {
  const indices = indicesOf(dataset, split === 'all' ? undefined : split)
  if (indices.length) return indices
  if (dataset.items.every(item => item.split === undefined)) return indicesOf(dataset)
  throw splitMissing(split, where)
}

export const splitMissing = (split: string, where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'split-empty',
    what: `the data has no images in the split '${split}'`,
    where,
    hint: 'Choose another --split',
  })
