/** What there is in a data set: the numbers behind `data inspect`. */
import { type Dataset, imagesPerClass, type Split, splits, type Unreadable } from './dataset.ts'
import { acrossClasses, acrossSplits, duplicatesOf } from './dataset-notes.ts'

export interface Spread {
  min: number
  median: number
  max: number
}

export interface DataSummary {
  images: number
  classes: number
  /** images per split; `none` are those in no split */
  splits: Record<Split | 'none', number>
  perClass: ({ name: string; images: number } & Record<Split | 'none', number>)[]
  /** in pixels */
  width: Spread
  height: Spread
  unreadable: Unreadable[]
  /** groups of files with the same content */
  duplicates: {
    paths: string[]
    /** a test image that is trained on makes the test too easy */
    acrossSplits: boolean
    /** one image cannot be right in two classes */
    acrossClasses: boolean
  }[]
  /** what a user should know before trusting what comes of the data */
  notes: string[]
  fingerprint: string
}

export function summarise(dataset: Dataset): DataSummary {
  const { items, classes } = dataset
  const all = imagesPerClass(dataset)
  const counts = splits.map(split => [split, imagesPerClass(dataset, split)] as const)
  const perSplit = (count: (perClass: Int32Array) => number) => {
    const [train, val, test] = counts.map(([, perClass]) => count(perClass))
    return { train, val, test, none: count(all) - train - val - test }
  }
  return {
    images: items.length,
    classes: classes.length,
    splits: perSplit(perClass => perClass.reduce((a, b) => a + b, 0)),
    perClass: classes.map((name, label) => ({
      name,
      images: all[label],
      ...perSplit(perClass => perClass[label]),
    })),
    width: spread(items.map(({ width }) => width)),
    height: spread(items.map(({ height }) => height)),
    unreadable: dataset.unreadable,
    duplicates: duplicatesOf(items).map(same => ({
      paths: same.map(({ path }) => path),
      acrossSplits: acrossSplits(same),
      acrossClasses: acrossClasses(same),
    })),
    notes: dataset.notes,
    fingerprint: dataset.fingerprint,
  }
}

/** The median of an even number of values is the lower of the two in the middle: a side that an image has. */
function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort()
  return { min: sorted[0], median: sorted[(sorted.length - 1) >> 1], max: sorted[sorted.length - 1] }
}
