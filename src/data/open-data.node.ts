/** Opens data sets and their images with progress, and notes on what was skipped. */
import { brief } from '../base/brief.ts'
import { note, type Work } from '../base/work.ts'
import { type ReadOptions, readDataset } from './dataset.node.ts'
import type { Dataset } from './dataset.ts'

/** Up to this many skipped files are named one by one; `data inspect --json` names all of them. */
const mostSkipped = 10

/** Reads a data set; notes which images were skipped and what is doubtful about the data. */
export async function openData(
  path: string,
  work: Work,
  options: Pick<ReadOptions, 'strict' | 'minimumClasses' | 'check'>,
): Promise<Dataset> {
  const dataset = await readDataset(path, { ...options, work })
  const { unreadable, notes } = dataset
  for (const { path, reason } of unreadable.slice(0, mostSkipped))
    note(work, `skipped ${brief(path)}: ${brief(reason)}`)
  if (unreadable.length > mostSkipped) note(work, `skipped ${unreadable.length - mostSkipped} more files`)
  for (const text of notes) note(work, `note: ${brief(text)}`)
  return dataset
}
