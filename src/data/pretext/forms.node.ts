/**
 * A data set in all forms of a pretext task: every image as often as there are forms, which are the classes. The forms
 * of an image stand one after the other, and made once: they are kept in the cache like decoded images.
 */
import { createHash } from 'node:crypto'
import { mapConcurrently } from '../../base/concurrent.ts'
import type { Picture } from '../../base/picture.ts'
import { type Random, random } from '../../base/random.ts'
import type { Fit } from '../../nets/architecture.ts'
import { keyOf, type OpenOptions, openPictures } from '../cache.node.ts'
import type { Dataset } from '../dataset.ts'
import { decodesAtOnce } from '../decode.node.ts'
import { cachedRows } from '../row-cache.node.ts'
import { type PictureStore, pictureAt } from '../store.ts'
import { asJpeg } from './process.node.ts'
import type { PretextTask } from './task.ts'

/** The forms as classes. Image `index` of the data is at `index * forms` and behind. */
export const inForms = (dataset: Dataset, { classes }: PretextTask): Dataset => ({
  ...dataset,
  classes: [...classes],
  items: dataset.items.flatMap(item =>
    classes.map((_, form) => ({ ...item, label: form, source: dataset.classes[item.label] })),
  ),
})

/** The images of a data set, not in forms yet, at the size that all forms are made of. */
export const openSources = (
  dataset: Dataset,
  { frame, sourceScale }: PretextTask,
  side: number,
  options: OpenOptions = {},
): Promise<PictureStore> => openPictures(dataset, side * sourceScale, { ...options, fit: fitOf(frame) })

export const fitOf = (frame: PretextTask['frame']): Fit => (frame === 'whole' ? 'squash' : 'crop')

/** The images of a data set that is in forms, as squares of `side` pixels. */
export async function openForms(
  inAllForms: Dataset,
  task: PretextTask,
  side: number,
  options: OpenOptions = {},
): Promise<PictureStore> {
  const source = side * task.sourceScale
  const forms = task.classes.length
  const dataset = { ...inAllForms, items: inAllForms.items.filter((_, index) => index % forms === 0) }
  const hash = createHash('sha256').update(
    `1 ${keyOf(dataset, source, { fit: fitOf(task.frame) })} ${task.name} ${side}\n`,
  )
  const { count, row, close } = await cachedRows(
    {
      kind: 'pretext',
      name: `${hash.digest('hex').slice(0, 40)}.rgb`,
      count: forms * dataset.items.length,
      length: 3 * side * side,
      memoryLimit: options.memoryLimit,
    },
    async write => {
      const store = await openSources(dataset, task, side, options)
      const makeAll = async (_: unknown, index: number) => {
        const made = await allForms(pictureAt(store, index), task, side, index)
        for (const [form, { data }] of made.entries()) await write(forms * index + form, data)
      }
      try {
        await mapConcurrently(dataset.items, decodesAtOnce(), makeAll, {
          work: options.work,
          stage: `forms of ${task.name}`,
        })
      } finally {
        store.close()
      }
    },
  )
  return { size: side, count, picture: row, close }
}

/** What is random in the forms of an image, from its beginning: it belongs to the image's number, and is the same in all. */
export const streamOf = ({ name }: PretextTask, index: number): Random => random(0, 'pretext', name, index)

/** One image in all forms. */
export async function allForms(
  picture: Picture,
  task: PretextTask,
  side: number,
  index: number,
): Promise<Picture[]> {
  const made: Picture[] = []
  for (const form of task.classes.keys())
    made.push(await task.transform(picture, form, { side, stream: streamOf(task, index), asJpeg }))
  return made
}
