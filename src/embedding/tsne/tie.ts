/**
 * Which maps are tied to which, and what is tied: every item, or the centroids of classes. The cost is
 * lambda * sum over tied pairs of maps and over groups of the squared distance of the group's two centroids.
 */
import { GlasshouseError } from '../../base/errors.ts'

export const tieForms = ['pairs', 'chain', 'star'] as const
/** all pairs; each map to the one before; all to the map that is held in place, or to the first */
export type TieForm = (typeof tieForms)[number]

/** Items by group: those of group g are items[starts[g]] to items[starts[g + 1] - 1]. */
export interface Groups {
  starts: Uint32Array
  items: Uint32Array
}

export interface Tie {
  /** lambda as it stands in the gradient */
  weight: number
  /** the map that each map is tied to (-1 for none), and the maps in an order that puts these last; absent: all pairs */
  parents?: { links: Int32Array; leavesFirst: Int32Array }
  /** absent: every item is tied by itself */
  groups?: Groups
  /** the share of the groups, those with the nearest centroids, that is tied; 1 for all */
  nearest?: number
}

/** The posts' code multiplies the tie, but not the cost that it reports, by four: see `compatible`. */
export const compatibleFactor = 4

export function parentsOf(form: TieForm, maps: number, centre: number): Tie['parents'] {
  if (form === 'pairs') return undefined
  const order = Array.from({ length: maps }, (_, m) => m)
  if (form === 'chain') {
    return { links: Int32Array.from(order, m => m - 1), leavesFirst: Int32Array.from(order.reverse()) }
  }
  return {
    links: Int32Array.from(order, m => (m === centre ? -1 : centre)),
    leavesFirst: Int32Array.from([...order.filter(m => m !== centre), centre]),
  }
}

/** Pairs of maps that a tie of this form joins. */
export function tiedPairs(form: TieForm, maps: number, centre: number): [number, number][] {
  const pairs: [number, number][] = []
  const links = parentsOf(form, maps, centre)?.links
  for (let a = 0; a < maps; a++) {
    if (!links) for (let b = 0; b < a; b++) pairs.push([b, a])
    else if (links[a] >= 0) pairs.push([links[a], a])
  }
  return pairs
}

/** Items by their class. A negative class means that the item is tied to nothing. */
export function groupsByClass(classes: ArrayLike<number>, itemCount: number): Groups {
  if (classes.length !== itemCount) {
    throw new GlasshouseError({
      code: 'option-invalid',
      where: 'classes',
      what: 'there must be one class per item',
      expected: `${itemCount} classes`,
      got: String(classes.length),
    })
  }
  const members = new Map<number, number[]>()
  for (let item = 0; item < itemCount; item++) {
    if (classes[item] < 0) continue
    const group = members.get(classes[item])
    if (group) group.push(item)
    else members.set(classes[item], [item])
  }
  const starts = [0]
  for (const group of members.values()) starts.push(starts[starts.length - 1] + group.length)
  return { starts: Uint32Array.from(starts), items: Uint32Array.from([...members.values()].flat()) }
}
