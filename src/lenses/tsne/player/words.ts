/** What the page says of items: on the card beside the pointer, and of a selection. */
import { textElement } from '../../page/player/card.ts'
import { tileElement } from '../../page/player/packed.ts'
import { type Items, missing, unknownShare } from './maps.ts'

/** An image by itself; an empty element where there is none. */
function portrait(i: number, { atlas }: Items, side: number): HTMLElement {
  if (!atlas || atlas.tile[i] === missing) return document.createElement('span')
  return tileElement(atlas.address, atlas.across, atlas.tile[i], side)
}

export function cardOf(i: number, items: Items): HTMLElement[] {
  const { classes, label, paths, shares, movedMost } = items
  const share = (values: Uint8Array) =>
    i < values.length && values[i] !== unknownShare ? values[i] / 254 : undefined
  const [moved, changed] = [share(shares.moved), share(shares.changed)]
  return [
    portrait(i, items, 112),
    textElement('b', label[i] === missing ? `point ${i + 1}` : classes[label[i]]),
    ...(paths[i] ? [textElement('small', paths[i])] : []),
    ...(moved === undefined ? [] : [textElement('i', `lies ${(moved * movedMost).toFixed(1)} apart`)]),
    ...(changed === undefined ? [] : [textElement('i', `${Math.round(100 * changed)} % other neighbours`)]),
  ]
}

const mostShown = 72
const mostClasses = 8

/** How many of which class, and some of their images. */
export function selectionOf(selected: ReadonlySet<number>, items: Items): HTMLElement[] {
  const { classes, label, paths, atlas } = items
  const all = [...selected].sort((a, b) => label[a] - label[b])
  const counts = new Map<string, number>()
  for (const i of all) {
    const name = label[i] === missing ? 'no label' : classes[label[i]]
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const ordered = [...counts].sort(([, a], [, b]) => b - a)
  const named = ordered.slice(0, mostClasses).map(([name, n]) => `${name} ${n}`)
  const rest = ordered.length - named.length
  const words = [
    `${all.length} points: ${named.join(', ')}`,
    rest > 0 ? `, and ${rest} other classes` : '',
    atlas && all.length > mostShown ? `; showing ${mostShown} of them` : '',
  ]
  const portraits = atlas ? all.slice(0, mostShown) : []
  return [
    textElement('p', words.join('')),
    ...portraits.map(i => Object.assign(portrait(i, items, 52), { title: paths[i] })),
  ]
}
