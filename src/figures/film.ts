/** A film as plain data: frames that are drawn when they are asked for. `film.node.ts` makes an MP4 of it. */
import type { Picture } from '../base/picture.ts'

export interface Film {
  /** frames shown in a second */
  rate: number
  frames: number
  /** SVG text or pixels; every frame of the same size */
  frame(index: number): string | Picture | Promise<string | Picture>
}
