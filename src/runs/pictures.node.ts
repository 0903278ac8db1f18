/** The images behind a run. */
import { GlasshouseError } from '../base/errors.ts'
import { note, type Work } from '../base/work.ts'
import { openPrepared } from '../data/cache.node.ts'
import { openData } from '../data/open-data.node.ts'
import type { PictureStore } from '../data/store.ts'
import type { RunRecord } from './record.ts'

/** The images that a run was trained on; where the data is gone or has changed, a note says so. */
export async function picturesOf(
  { data, training, preprocessing }: RunRecord,
  work: Work,
): Promise<PictureStore | undefined> {
  try {
    const dataset = await openData(data.path, work, { minimumClasses: 1 })
    if (dataset.fingerprint === data.fingerprint)
      return await openPrepared(dataset, { ...preprocessing, resize: training.storedSize }, { work })
    note(work, `no pictures: the images in ${data.path} are not those that the run was trained on`)
  } catch (error) {
    if (!(error instanceof GlasshouseError)) throw error
    note(work, `no pictures: ${error.message}`)
  }
  return undefined
}
