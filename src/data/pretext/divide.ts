/** Divides images into those to train on and those to test on, so that near-duplicates never stand on both sides. */
import { random } from '../../base/random.ts'
import type { Dataset, Split } from '../dataset.ts'

export interface Divided {
  dataset: Dataset
  /** images that were left out, since they nearly are one that is tested on or chosen by */
  leftOut: number
}

/** @param groups for every image the number of the first one of its group */
export function divideGroups(
  dataset: Dataset,
  groups: ArrayLike<number>,
  plan: { share: number; seed: number } | 'given',
): Divided {
  const splits = plan === 'given' ? keptApart(dataset, groups) : drawn(groups, plan)
  const items = dataset.items.map((item, index) => ({ ...item, split: splits[index], role: undefined }))
  const leftOut = items.filter(({ split }, index) => !split && dataset.items[index].split).length
  return { dataset: { ...dataset, items }, leftOut }
}

/** The split of the data, without the images whose group has one in a split that measures more: test, then val. */
function keptApart({ items }: Dataset, groups: ArrayLike<number>): (Split | undefined)[] {
  const having = (split: Split) =>
    new Set(items.flatMap((item, index) => (item.split === split ? [groups[index]] : [])))
  const [tested, chosenBy] = [having('test'), having('val')]
  return items.map(({ split }, index) => {
    const belongs = tested.has(groups[index]) ? 'test' : chosenBy.has(groups[index]) ? 'val' : split
    return split === belongs ? split : undefined
  })
}

/** Whole groups at random, until they have the share of the images. */
function drawn(groups: ArrayLike<number>, { share, seed }: { share: number; seed: number }): Split[] {
  const order = random(seed, 'hold-out groups').shuffle([...new Set(Array.from(groups))])
  const wanted = share * groups.length
  const sizes = new Map<number, number>()
  for (let index = 0; index < groups.length; index++)
    sizes.set(groups[index], (sizes.get(groups[index]) ?? 0) + 1)
  const held = new Set<number>()
  let count = 0
  // At least one group remains on each side.
  for (const group of order.slice(0, -1)) {
    if (count >= wanted) break
    held.add(group)
    count += sizes.get(group)!
  }
  return Array.from(groups, group => (held.has(group) ? 'test' : 'train'))
}
