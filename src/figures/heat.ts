/** Heat maps over photographs. */

import type { Picture } from '../base/picture.ts'
import { type ColourMapName, colourIndex, colourTable } from './colour-maps.ts'

/** Bilinear interpolation of a map, as torch.nn.functional.interpolate with align_corners=False. */
export function upsample(
  map: ArrayLike<number>,
  height: number,
  width: number,
  toHeight: number,
  toWidth: number,
): Float32Array {
  const result = new Float32Array(toHeight * toWidth)
  const taps = (from: number, to: number) =>
    Array.from({ length: to }, (_, i) => {
      const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1)
      const low = Math.floor(at)
      return { low, high: Math.min(low + 1, from - 1), share: at - low }
    })
  const columns = taps(width, toWidth)
  taps(height, toHeight).forEach((row, y) => {
    columns.forEach((column, x) => {
      const along = (line: number) =>
        map[line * width + column.low] * (1 - column.share) + map[line * width + column.high] * column.share
      result[y * toWidth + x] = along(row.low) * (1 - row.share) + along(row.high) * row.share
    })
  })
  return result
}

export interface OverlayOptions {
  colours?: ColourMapName
  /** weights of heat and photograph; .3 and .5 are those of the CAM paper's code */
  heat?: number
  photo?: number
  /** values that get the first and the last colour; the map's own extremes unless given */
  low?: number
  high?: number
}

/** A map (h x w, row-major) laid over a photograph, stretched to its size. */
export function overlay(
  photo: Picture,
  map: Float32Array,
  height: number,
  width: number,
  options: OverlayOptions = {},
): Picture {
  const { colours = 'turbo', heat = 0.45, photo: share = 0.55 } = options
  const full = upsample(map, height, width, photo.height, photo.width)
  const { low = extreme(full, Math.min), high = extreme(full, Math.max) } = options
  const table = colourTable(colours)
  const data = new Uint8Array(photo.data.length)
  for (let i = 0; i < full.length; i++) {
    const colour = 3 * colourIndex(full[i], low, high)
    for (let channel = 0; channel < 3; channel++) {
      data[3 * i + channel] = Math.min(
        255,
        heat * table[colour + channel] + share * photo.data[3 * i + channel],
      )
    }
  }
  return { width: photo.width, height: photo.height, data }
}

const extreme = (values: Float32Array, pick: (a: number, b: number) => number): number =>
  values.reduce((a, b) => pick(a, b))
