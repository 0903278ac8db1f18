/**
 * How a data set is divided for a run: by its own splits, or by holding out images or classes; and what a user should
 * know about the division before training begins.
 */
import { GlasshouseError } from '../base/errors.ts'
import {
  type DataOutline,
  type Dataset,
  imagesPerClass,
  indicesOf,
  placeOf,
  requireImagesPerClass,
  splits,
} from '../data/dataset.ts'
import { holdOut, holdOutClasses } from '../data/splits.ts'
import type { Head } from '../nets/network.ts'
import type { RunRecord, SplitPlan } from './record.ts'

/** Whether the data itself says what to train and what to test on; training images alone must be divided. */
export const isDivided = ({ items }: DataOutline): boolean =>
  items.some(({ split }) => split === 'test') || items.every(({ split }) => split === 'val')

export function countsOf(dataset: Dataset): RunRecord['data']['images'] {
  const [train, val, test] = splits.map(split => indicesOf(dataset, split).length)
  return { train, ...(val && { val }), test }
}

/** Divides the data as planned; where it names no splits and no plan is given, a fifth of the images is held out. */
export function divide<Data extends DataOutline>(dataset: Data, plan: SplitPlan, seed: number): Data {
  if (plan.kind === 'images') return holdOut(dataset, plan.share, seed)
  if (plan.kind === 'classes')
    return holdOutClasses(dataset, plan.share, plan.by === 'random' || plan.by === 'lot' ? seed : undefined)
  return dataset
}

/** An embedding learns from pairs of a class; a classifier can learn from a single image of it. */
export function requireTrainable(dataset: DataOutline, head: Head['kind']): void {
  const counts = imagesPerClass(dataset, 'train')
  requireImagesPerClass(dataset, 'train', head === 'classes' ? 1 : 2)
  const trained = counts.reduce((classes, images) => classes + Math.min(images, 1), 0)
  if (trained >= 2) return
  throw new GlasshouseError({
    code: 'data-too-few-classes',
    what: 'the training images are all of one class',
    where: placeOf(dataset),
    expected: 'at least 2 classes to train on',
    got: `'${dataset.classes[counts.findIndex(count => count > 0)]}'`,
  })
}

/** The recall of an embedding is measured by looking for classmates: in each split that is scored there must be some. */
export function requireClassmates(dataset: DataOutline, head: Head['kind']): void {
  if (head === 'classes' || dataset.items.some(({ role }) => role !== undefined)) return
  for (const split of ['val', 'test'] as const) {
    const counts = imagesPerClass(dataset, split)
    if (counts.every(count => count === 0) || counts.some(count => count > 1)) continue
    throw new GlasshouseError({
      code: 'queries-none',
      what: `no ${split} image has a classmate among the ${split} images, so there is no recall to measure`,
      where: placeOf(dataset),
      expected: 'two images or more of a class',
      hint: 'Hold out more, with --hold-out 0.5 or --hold-out-classes 0.5',
    })
  }
}

/** What a user should know about how the data is divided, in sentences. */
export function notesOnDivision(read: Dataset, divided: Dataset, head: Head['kind']): string[] {
  const [train, val, test] = splits.map(split => imagesPerClass(divided, split))
  const notes: string[] = []
  const isHeldOut = read !== divided
  if (
    isHeldOut &&
    read.items.some(({ split }) => split === 'train') &&
    !read.items.some(({ split }) => split === 'test')
  )
    notes.push('the data has no test images with labels: some of its training images are held out to test on')
  const untested = divided.classes.filter((_, label) => train[label] > 0 && test[label] === 0)
  if (isHeldOut && untested.length > 0 && head === 'classes')
    notes.push(`${named(untested)} too few images to hold any out: not tested`)
  const unseen = divided.classes.filter((_, label) => train[label] === 0 && test[label] + val[label] > 0)
  if (unseen.length > 0 && head === 'classes')
    notes.push(`${named(unseen)} no training images: their test images can only count as wrong`)
  return notes
}

function named(classes: readonly string[]): string {
  const [first, ...others] = classes
  return others.length ? `'${first}' and ${others.length} more classes have` : `the class '${first}' has`
}
