/** The maps of a page, unpacked, and what is to be seen of them. */
import { eased } from '../../page/player/motion.ts'
import { addressOf, bytesOf } from '../../page/player/packed.ts'
import type { PackedMaps } from './packed.ts'

/** Stands for an item without a place, a class or an image. */
export const missing = 65535
/** Stands for a share that is not known. */
export const unknownShare = 255

export interface Panel {
  maps: { name: string; x: Uint16Array; y: Uint16Array }[]
  canvas: HTMLCanvasElement
  line: Element
  /** the dots without the marks, so that pointing costs no redrawing */
  base: HTMLCanvasElement
  /** of every item, 0..1 over the shared limits, NaN where it is missing */
  at: Float32Array
}

/** What is known of every item. */
export interface Items {
  count: number
  classes: string[]
  /** place of its class */
  label: Uint16Array
  paths: string[]
  /** of 254; empty where there is nothing to compare */
  shares: { moved: Uint8Array; changed: Uint8Array }
  /** what a whole share is in `moved`, in units of the map */
  movedMost: number
  colours: { classes: string[] /** red, green and blue of every share */; scale: Uint8Array }
  atlas?: { address: string; image: HTMLImageElement; across: number; side: number; tile: Uint16Array }
}

/** What is to be seen. */
export interface Scene {
  /** what the panels show of the shared limits */
  view: { x: number; y: number; width: number }
  /** a panel's first map is to be seen at 0, its second at 1 */
  time: number
  /** the item under the pointer, -1 for none */
  pointed: number
  selected?: ReadonlySet<number>
  lasso?: { panel: Panel; path: [number, number][] }
}

export function openItems(data: PackedMaps): Items {
  const label = shorts(data.label)
  const { classes, paths, moved = '', changed = '', movedMost, colours, atlas } = data
  return {
    count: label.length,
    classes,
    label,
    paths,
    shares: { moved: bytesOf(moved), changed: bytesOf(changed) },
    movedMost,
    colours: { classes: colours.classes, scale: bytesOf(colours.scale) },
    ...(atlas && {
      atlas: {
        address: addressOf(atlas.image),
        image: new Image(),
        across: atlas.across,
        side: atlas.side,
        tile: shorts(atlas.tile),
      },
    }),
  }
}

export function openPanels(figure: HTMLElement, { panels }: PackedMaps, count: number): Panel[] {
  const canvases = figure.querySelectorAll('canvas')
  const lines = figure.querySelectorAll('.maps-line')
  return panels.map(({ maps }, index) => ({
    maps: maps.map(({ name, x, y }) => ({ name, x: shorts(x), y: shorts(y) })),
    canvas: canvases[index],
    line: lines[index],
    base: document.createElement('canvas'),
    at: new Float32Array(2 * count),
  }))
}

const shorts = (text: string): Uint16Array => new Uint16Array(bytesOf(text).buffer)

/** The map of a panel that is to be seen at a time. */
export const mapAt = ({ maps }: Panel, time: number) => maps[Math.min(maps.length - 1, Math.round(time))]

/** Moves the items of a panel to a time between two of its maps. */
export function placeItems({ maps, at }: Panel, time: number): void {
  const from = Math.min(maps.length - 1, Math.floor(time))
  const to = Math.min(maps.length - 1, from + 1)
  const share = Math.min(1, time - from)
  const way = eased(share)
  const [a, b] = [maps[from], maps[to]]
  for (let i = 0; i < at.length / 2; i++) {
    // An item that one of both maps lacks is shown where the other has it.
    const start = a.x[i] === missing ? b : a
    const end = b.x[i] === missing ? a : b
    const known =
      start.x[i] !== missing && (a.x[i] !== missing || share > 0.5) && (b.x[i] !== missing || share <= 0.5)
    at[2 * i] = known ? (start.x[i] + (end.x[i] - start.x[i]) * way) / 65534 : Number.NaN
    at[2 * i + 1] = known ? (start.y[i] + (end.y[i] - start.y[i]) * way) / 65534 : Number.NaN
  }
}
