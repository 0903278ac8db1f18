/** What a probe is trained on and what it is tested on. */
import { GlasshouseError } from '../../base/errors.ts'
import { type Dataset, indicesOf, placeOf } from '../../data/dataset.ts'
import { holdOut } from '../../data/splits.ts'
import { isDivided } from '../../runs/division.ts'

export interface ProbeDivision {
  /** positions in the data set */
  train: Int32Array
  test: Int32Array
  /** the classes that are trained on, as positions in the data set's; labels of the probe count them */
  classes: number[]
  /** what a reader should know, in sentences */
  notes: string[]
}

/**
 * The splits of the data or of the network's run; a share is held out where there are none. An embedding is usually
 * tested on classes that it has not seen: its probe learns some images of these and is tested on the others.
 */
export function divideForProbe(dataset: Dataset, share: number, seed: number): ProbeDivision {
  const notes: string[] = []
  const divided = isDivided(dataset) ? dataset : holdOut(dataset, share, seed)
  let [train, test] = [indicesOf(divided, 'train'), indicesOf(divided, 'test')]
  if (train.length === 0 && test.length === 0)
    [train, test] = withinOf(dataset, indicesOf(dataset), share, seed)
  const labelOf = (index: number) => dataset.items[index].label
  if (train.length === 0 || !test.some(index => train.some(other => labelOf(other) === labelOf(index)))) {
    if (train.length)
      notes.push(
        'The test classes are not among the training classes, so the probe learns and is tested within the test split.',
      )
    ;[train, test] = withinOf(dataset, test, share, seed)
  }
  const classes = [...new Set(Array.from(train, labelOf))].sort((a, b) => a - b)
  const known = new Set(classes)
  const tested = test.filter(index => known.has(labelOf(index)))
  if (tested.length < test.length)
    notes.push(`${test.length - tested.length} test images are of classes without training images: left out.`)
  if (classes.length < 2 || tested.length === 0)
    throw new GlasshouseError({
      code: 'data-too-few-classes',
      what: 'a probe needs two classes or more to tell apart, with images to train and to test on',
      where: placeOf(dataset),
      got: `${classes.length} classes, ${train.length} training and ${tested.length} test images`,
      hint: 'Add images to the classes, or hold out another share with --hold-out',
    })
  return { train, test: tested, classes, notes }
}

/** Some images of each class to learn, the others to test on. */
function withinOf(
  dataset: Dataset,
  images: Int32Array,
  share: number,
  seed: number,
): [Int32Array, Int32Array] {
  const some = { ...dataset, items: Array.from(images, index => dataset.items[index]) }
  const divided = holdOut(some, share, seed)
  const part = (split: 'train' | 'test') => indicesOf(divided, split).map(at => images[at])
  return [part('train'), part('test')]
}
