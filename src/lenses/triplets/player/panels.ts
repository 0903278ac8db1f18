/** The panels of a film, unpacked, and where their dots are at a time between two epochs. */
import { eased } from '../../page/player/motion.ts'
import { addressOf, bytesOf } from '../../page/player/packed.ts'
import type { PackedPanel } from '../film.ts'
import type { PackedAlbum, PackedFilm } from './packed.ts'

/** The images that panels speak of. */
export interface Album extends Omit<PackedAlbum, 'label' | 'atlas'> {
  label: Uint16Array
  atlas?: { address: string; across: number; tiles: number }
}

export interface Panel extends Pick<PackedPanel, 'shown' | 'epochs' | 'share' | 'distance'> {
  album: Album
  /** images in the album, by dot */
  anchor: Uint16Array | Uint32Array
  /** similarities and images by epoch and dot, quantised */
  x: Uint16Array
  y: Uint16Array
  positive: Uint16Array | Uint32Array
  negative: Uint16Array | Uint32Array
  line: Element
  canvas: HTMLCanvasElement
  /** of every dot, where it was last placed, in similarities */
  at: Float32Array
}

export function openPanels(figure: HTMLElement, { panels, albums }: PackedFilm): Panel[] {
  const opened = albums.map(openAlbum)
  const roots = figure.querySelectorAll<HTMLElement>('.film-panel')
  return panels.map((packed, index) => {
    const line = roots[index]?.querySelector('.film-line')
    const canvas = roots[index]?.querySelector('canvas')
    if (!line || !canvas) throw new Error(`the page has no panel ${index}`)
    return { ...openPanel(packed), album: opened[packed.album], line, canvas }
  })
}

const openAlbum = ({ label, atlas, ...album }: PackedAlbum): Album => ({
  ...album,
  label: shorts(label),
  ...(atlas && { atlas: { address: addressOf(atlas.image), across: atlas.across, tiles: atlas.tiles } }),
})

function openPanel({ shown, epochs, share, distance, wide, ...packed }: PackedPanel) {
  const places = (text: string) => (wide ? new Uint32Array(bytesOf(text).buffer) : shorts(text))
  return {
    shown,
    epochs,
    share,
    distance,
    anchor: places(packed.anchor),
    x: shorts(packed.x),
    y: shorts(packed.y),
    positive: places(packed.positive),
    negative: places(packed.negative),
    at: new Float32Array(2 * shown),
  }
}

const shorts = (text: string): Uint16Array => new Uint16Array(bytesOf(text).buffer)

/** The similarity behind a quantised one. */
export const similarityOf = (value: number, { quantum }: Pick<PackedFilm, 'quantum'>): number =>
  (value * 2) / quantum - 1

/** The epoch of the panel that is nearest to a time; runs may have different numbers of epochs. */
export const epochAt = ({ epochs }: Pick<Panel, 'epochs'>, time: number): number =>
  Math.min(epochs.length - 1, Math.round(time))

/** Moves the dots to a time between two epochs. */
export function placeDots({ shown, x, y, at, epochs }: Panel, time: number, film: PackedFilm): void {
  const end = epochs.length - 1
  const from = Math.min(end, Math.floor(time))
  const to = Math.min(end, from + 1)
  const share = eased(Math.min(1, time - from))
  for (let i = 0; i < shown; i++) {
    const [a, b] = [from * shown + i, to * shown + i]
    at[2 * i] = similarityOf(x[a] + (x[b] - x[a]) * share, film)
    at[2 * i + 1] = similarityOf(y[a] + (y[b] - y[a]) * share, film)
  }
}
