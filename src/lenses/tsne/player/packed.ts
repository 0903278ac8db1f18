/** The maps as a page carries them; `../live.ts` packs them. */
import type { PackedAtlas } from '../../page/player/packed.ts'

/** One map: the place of every item that the page carries, quantised over the shared limits; 65535 where it is missing. */
export interface PackedMap {
  name: string
  /** items x u16, in base64 */
  x: string
  y: string
}

export interface PackedMaps {
  /** a panel with several maps moves from one to the next */
  panels: { title: string; maps: PackedMap[] }[]
  classes: string[]
  /** per item: u16 place of its class, 65535 for none */
  label: string
  paths: string[]
  /** per item: u8 shares, 255 for unknown; absent where there is nothing to compare */
  moved?: string
  changed?: string
  /** what a share of 1 is in `moved`, in units of the map */
  movedMost: number
  colours: { classes: string[]; scale: string }
  /** `tile` is the place of each item's image, u16, 65535 for none; tiles have this side in pixels */
  atlas?: PackedAtlas & { side: number; tile: string }
}
