/**
 * Dividing a data set into train and test. Both functions return a dataset of the same items in the same
 * order, with new splits in place of those that the data came with; its fingerprint stays that of the data.
 */
import { GlasshouseError } from '../base/errors.ts'
import { random } from '../base/random.ts'
import type { DataOutline, NamedItem } from './dataset.ts'

/** Of every class at least this many images are left to train on: an objective that compares images needs a pair. */
const leftToTrain = 2

/**
 * Holds out a share of the images of every class as test, drawn at random: at least one, where two are left to train
 * on. Smaller classes train with all their images and are not tested.
 */
export function holdOut<Data extends DataOutline>(dataset: Data, share: number, seed: number): Data {
  requireShare(share, '--hold-out')
  const members: number[][] = dataset.classes.map(() => [])
  dataset.items.forEach(({ label }, index) => {
    members[label].push(index)
  })
  const held = new Set<number>()
  dataset.classes.forEach((name, label) => {
    const wanted = Math.max(1, Math.round(share * members[label].length))
    const count = Math.max(0, Math.min(members[label].length - leftToTrain, wanted))
    for (const index of random(seed, 'hold-out', name).shuffle(members[label]).slice(0, count))
      held.add(index)
  })
  return assign(dataset, (_, index) => held.has(index))
}

/**
 * Holds out a share of the classes, so that the test classes are unseen in training: the last ones in the
 * order of their names, as the papers on metric learning do (CUB 100/100, CAR 98/98), or at random where a seed
 * is given. At least one class remains on each side.
 */
export function holdOutClasses<Data extends DataOutline>(dataset: Data, share: number, seed?: number): Data {
  requireShare(share, '--hold-out-classes')
  const { length } = dataset.classes
  const order = Array.from({ length }, (_, label) => label)
  if (seed !== undefined) random(seed, 'hold-out-classes').shuffle(order)
  const count = Math.min(length - 1, Math.max(1, Math.round(share * length)))
  const held = new Set(order.slice(length - count))
  return assign(dataset, item => held.has(item.label))
}

function assign<Data extends DataOutline>(
  dataset: Data,
  isTest: (item: NamedItem, index: number) => boolean,
): Data {
  const items = dataset.items.map((item, index) => ({
    ...item,
    split: isTest(item, index) ? ('test' as const) : ('train' as const),
    role: undefined,
  }))
  return { ...dataset, items }
}

function requireShare(share: number, where: string): void {
  if (share > 0 && share < 1) return
  throw new GlasshouseError({
    code: 'share-out-of-range',
    what: 'this is not a share',
    where,
    expected: 'a number between 0 and 1',
    got: String(share),
  })
}
