/** The film as a page carries it: `../film.ts` packs the panels, `../draw.ts` the rest. */
import type { PackedAtlas } from '../../page/player/packed.ts'
import type { PackedPanel } from '../film.ts'

export interface PackedAlbum {
  classes: string[]
  /** u16 per image */
  label: string
  paths: string[]
  /** the first `tiles` images of the album have a tile */
  atlas?: PackedAtlas & { tiles: number }
}

export interface PackedFilm {
  panels: PackedPanel[]
  albums: PackedAlbum[]
  /** lower end of both axes; the upper is 1 */
  low: number
  /** the plot within a panel, as shares of the panel's width and height */
  plot: { left: number; top: number; width: number; height: number }
  colours: { right: string; wrong: string }
  quantum: number
  densityCells: number
}
