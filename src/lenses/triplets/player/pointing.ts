/** What the pointer finds on a panel, and what the card says of it. */
import { textElement } from '../../page/player/card.ts'
import { tileElement } from '../../page/player/packed.ts'
import type { PackedFilm } from './packed.ts'
import { pixelOf } from './painting.ts'
import { type Album, epochAt, type Panel, similarityOf } from './panels.ts'

/** In CSS pixels. */
const reach = 14
const portraitSide = 96

/** The dot nearest to the pointer, -1 where none is within reach. */
export function dotUnder(panel: Panel, event: MouseEvent, film: PackedFilm): number {
  const box = panel.canvas.getBoundingClientRect()
  const [px, py] = [event.clientX - box.left, event.clientY - box.top]
  let found = -1
  let nearest = reach * reach
  for (let i = 0; i < panel.shown; i++) {
    const dx = pixelOf(panel.at[2 * i], box.width, film) - px
    const dy = box.height - pixelOf(panel.at[2 * i + 1], box.height, film) - py
    if (dx * dx + dy * dy < nearest) {
      nearest = dx * dx + dy * dy
      found = i
    }
  }
  return found
}

/** Anchor, positive and negative of a dot. */
export function tripletPortraits(panel: Panel, dot: number, time: number, film: PackedFilm): HTMLElement[] {
  const epoch = epochAt(panel, time)
  const row = epoch * panel.shown + dot
  const similarity = (values: Uint16Array) => similarityOf(values[row], film).toFixed(3)
  const { album } = panel
  return [
    portrait(album, panel.anchor[dot], 'anchor', `epoch ${panel.epochs[epoch]}`),
    portrait(album, panel.positive[row], 'nearest of its class', similarity(panel.x)),
    portrait(album, panel.negative[row], 'nearest of another', similarity(panel.y)),
  ]
}

function portrait(album: Album, image: number, role: string, note: string): HTMLElement {
  const { atlas, classes, label, paths } = album
  const item = document.createElement('div')
  if (atlas && image < atlas.tiles) item.append(tileElement(atlas.address, atlas.across, image, portraitSide))
  item.append(
    textElement('b', role),
    textElement('i', note),
    textElement('em', classes[label[image]]),
    textElement('small', paths[image]),
  )
  return item
}
