/** What there is in a data set: the numbers behind `data inspect`. */
import { type Dataset, imagesPerClass, indicesOf, type Split, type Unreadable } from './dataset.ts'

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
    /** one picture cannot be right in two classes */
    acrossClasses: boolean
  }[]
  fingerprint: string
}

export function summarise(dataset: Dataset): DataSummary {
  const { items, classes } = dataset
  const all = imagesPerClass(dataset)
  const train = imagesPerClass(dataset, 'train')
  const test = imagesPerClass(dataset, 'test')
  const splits = { train: indicesOf(dataset, 'train').length, test: indicesOf(dataset, 'test').length }
  return {
    images: items.length,
    classes: classes.length,
    splits: { ...splits, none: items.length - splits.train - splits.test },
    perClass: classes.map((name, label) => ({
      name,
      images: all[label],
      train: train[label],
      test: test[label],
      none: all[label] - train[label] - test[label],
    })),
    width: spread(items.map(({ width }) => width)),
    height: spread(items.map(({ height }) => height)),
    unreadable: dataset.unreadable,
    duplicates: duplicates(dataset),
    fingerprint: dataset.fingerprint,
  }
}

function duplicates({ items }: Dataset): DataSummary['duplicates'] {
  const byContent = new Map<string, Dataset['items']>()
  for (const item of items) {
    const same = byContent.get(item.hash)
    if (same) same.push(item)
    else byContent.set(item.hash, [item])
  }
  return [...byContent.values()]
    .filter(same => same.length > 1)
    .map(same => ({
      paths: same.map(({ path }) => path),
      acrossSplits: same.some(({ split }) => split !== same[0].split),
      acrossClasses: same.some(({ label }) => label !== same[0].label),
    }))
}

/** The median of an even number of values is the lower of the two in the middle. */
function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { min: sorted[0], median: sorted[(sorted.length - 1) >> 1], max: sorted[sorted.length - 1] }
}
