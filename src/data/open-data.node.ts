/** Opens data sets and their images for a person who watches: with progress, and notes on what was skipped. */
import { counting, type Work } from '../base/work.ts'
import { openPictures } from './cache.node.ts'
import { type ReadOptions, readDataset } from './dataset.node.ts'
import type { Dataset } from './dataset.ts'
import type { PictureStore } from './store.ts'

/** Reads a data set; notes which images were skipped. */
export async function openData(
  path: string,
  work: Work,
  options: Pick<ReadOptions, 'strict' | 'minimumClasses'>,
): Promise<Dataset> {
  const { signal, note } = work
  const dataset = await readDataset(path, { ...options, signal, onProgress: counting(work, 'reading') })
  for (const { path, reason } of dataset.unreadable) note(`skipped ${path}: ${reason}`)
  return dataset
}

/** The images of a data set at one size, decoded where they are not in the cache. */
export const openPicturesOf = (dataset: Dataset, size: number, work: Work): Promise<PictureStore> =>
  openPictures(dataset, size, { signal: work.signal, onProgress: counting(work, 'decoding') })
