/** What makes the results of a data set doubtful, in sentences for people: the same images in several places. */
import type { Item } from './dataset.ts'

/** Groups of items with the same content, each of more than one. */
export function duplicatesOf(items: readonly Item[]): Item[][] {
  const first = new Map<string, Item>()
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const earlier = first.get(item.hash)
    if (!earlier) {
      first.set(item.hash, item)
      continue
    }
    const group = groups.get(item.hash)
    if (group) group.push(item)
    else groups.set(item.hash, [earlier, item])
  }
  return [...groups.values()]
}

export const acrossClasses = (group: readonly Item[]): boolean =>
  group.some(({ label }) => label !== group[0].label)

export const acrossSplits = (group: readonly Item[]): boolean =>
  group.some(({ split }) => split !== group[0].split)

export function notesOn(items: readonly Item[], classes: readonly string[]): string[] {
  const notes: string[] = []
  const groups = duplicatesOf(items)
  const contradicting = groups.filter(acrossClasses)
  if (contradicting.length > 0) {
    const [a, b] = pairOf(contradicting[0], (one, other) => one.label !== other.label)
    notes.push(
      `${counted(contradicting.length)} under several labels, such as ${a.path} ('${classes[a.label]}') = ${b.path} ('${classes[b.label]}'): one of the labels is wrong`,
    )
  }
  const leaking = groups.filter(acrossSplits)
  if (leaking.length > 0) {
    const [a, b] = pairOf(leaking[0], (one, other) => one.split !== other.split)
    notes.push(
      `${counted(leaking.length)} in several splits, such as ${a.path} = ${b.path}: scores will be better than they should`,
    )
  }
  const lower = new Map<string, string>()
  for (const name of classes) {
    const key = name.toLowerCase()
    const other = lower.get(key)
    if (other !== undefined) notes.push(`the classes '${other}' and '${name}' differ only in capitals`)
    lower.set(key, name)
  }
  return notes
}

const counted = (count: number) => (count === 1 ? '1 image occurs' : `${count} images occur`)

function pairOf(group: readonly Item[], differ: (a: Item, b: Item) => boolean): [Item, Item] {
  return [group[0], group.find(item => differ(group[0], item)) ?? group[0]]
}
