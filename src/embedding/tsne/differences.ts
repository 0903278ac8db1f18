/**
 * Where two embeddings of the same items differ: how far an item lies from itself in their yoked maps, how many
 * of its nearest neighbours (among the vectors, not in the maps) are others, and what that makes of each class.
 */
import type { Neighbours } from './neighbours.ts'

export interface Compared {
  /** rows x 2 */
  map: Float32Array
  /** of each row, among the rows */
  neighbours: Neighbours
  /** row of each item, -1 where it is missing, and item of each row */
  rows: Int32Array
  items: Int32Array
}

export interface Differences {
  /** per item: distance between its places in the two maps, in their units; NaN where a map lacks it */
  moved: Float32Array
  /** per item: share of its nearest neighbours that are no such neighbours in the other embedding; NaN likewise */
  changed: Float32Array
}

export function differences(first: Compared, second: Compared): Differences {
  const count = first.rows.length
  const moved = new Float32Array(count).fill(Number.NaN)
  const changed = new Float32Array(count).fill(Number.NaN)
  for (let item = 0; item < count; item++) {
    const [a, b] = [first.rows[item], second.rows[item]]
    if (a < 0 || b < 0) continue
    moved[item] = Math.hypot(
      first.map[2 * a] - second.map[2 * b],
      first.map[2 * a + 1] - second.map[2 * b + 1],
    )
    const near = new Set(nearestItems(first, a))
    const kept = nearestItems(second, b).filter(other => near.has(other)).length
    changed[item] = 1 - kept / Math.max(1, near.size)
  }
  return { moved, changed }
}

/** The nearest neighbours of a row, as items, nearest first. */
export function nearestItems({ neighbours: { indices, k }, items }: Compared, row: number): number[] {
  return Array.from(indices.subarray(row * k, (row + 1) * k), other => items[other])
}

export interface ClassDifference {
  /** place among the classes */
  index: number
  count: number
  /** means over its items */
  moved: number
  changed: number
  /** mean share of the nearest neighbours that are of the same class, in the one embedding and in the other */
  together: [number, number]
  /** root mean square distance from the class's centre in the one map and in the other */
  spread: [number, number]
}

/** Classes by what their items' neighbours lost or won of their own class, the greatest change first. */
export function classDifferences(
  classes: { names: readonly string[]; ofItems: Int32Array },
  [first, second]: readonly [Compared, Compared],
  { moved, changed }: Differences,
): ClassDifference[] {
  const members = classes.names.map(() => [] as number[])
  classes.ofItems.forEach((index, item) => {
    if (index >= 0 && !Number.isNaN(moved[item])) members[index].push(item)
  })
  return members
    .map((items, index) => {
      const mean = (value: (item: number) => number) =>
        items.reduce((sum, item) => sum + value(item), 0) / items.length
      const together = (side: Compared) =>
        mean(item => {
          const near = nearestItems(side, side.rows[item])
          return near.filter(other => classes.ofItems[other] === index).length / near.length
        })
      return {
        index,
        count: items.length,
        moved: mean(item => moved[item]),
        changed: mean(item => changed[item]),
        together: [together(first), together(second)] as [number, number],
        spread: [spreadOf(first, items), spreadOf(second, items)] as [number, number],
      }
    })
    .filter(({ count }) => count > 0)
    .sort((a, b) => Math.abs(b.together[1] - b.together[0]) - Math.abs(a.together[1] - a.together[0]))
}

function spreadOf({ map, rows }: Compared, items: readonly number[]): number {
  const mean = [0, 1].map(
    axis => items.reduce((sum, item) => sum + map[2 * rows[item] + axis], 0) / items.length,
  )
  const power = items.reduce(
    (sum, item) => sum + (map[2 * rows[item]] - mean[0]) ** 2 + (map[2 * rows[item] + 1] - mean[1]) ** 2,
    0,
  )
  return Math.sqrt(power / items.length)
}

/** The items with the greatest values, greatest first; those without a value are left out. */
export const greatest = (values: Float32Array, count: number): number[] =>
  Array.from(values.keys())
    .filter(item => !Number.isNaN(values[item]))
    .sort((a, b) => values[b] - values[a])
    .slice(0, count)
