/** A whole image in the middle of a square, with colour beside or above and below it. */
import type { Picture } from '../../base/picture.ts'
import { imagenetStatistics } from '../store.ts'

/** The mean colour of ImageNet, which is near 0 once an image is normalised. */
const around = imagenetStatistics.mean.map(share => Math.round(255 * share))

/** @param picture no side larger than `side` */
export function letterboxed({ width, height, data }: Picture, side: number): Picture {
  if (width === side && height === side) return { width, height, data }
  const square = new Uint8Array(3 * side * side)
  for (let at = 0; at < square.length; at++) square[at] = around[at % 3]
  const [left, top] = [(side - width) >> 1, (side - height) >> 1]
  for (let row = 0; row < height; row++)
    square.set(data.subarray(3 * row * width, 3 * (row + 1) * width), 3 * ((top + row) * side + left))
  return { width: side, height: side, data: square }
}
