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

export interface HeatOptions {
  colours?: ColourMapName
  /** share of the heat's colour, from 0 to 1; the photograph has the rest */
  heat?: number
  /** values that get the first and the last colour; the extremes of what is painted unless given */
  low?: number
  high?: number
}

/**
 * Colours over a photograph: a value for each of its pixels, and where the colour is to be paler, the share of it that
 * is left.
 */
export function heatOver(
  photo: Picture,
  values: Float32Array,
  options: HeatOptions = {},
  strength?: Float32Array,
): Picture {
  const { colours = 'turbo', heat = 0.5 } = options
  const { low = extreme(values, Math.min), high = extreme(values, Math.max) } = options
  const table = colourTable(colours)
  const data = new Uint8Array(photo.data.length)
  for (let i = 0; i < values.length; i++) {
    // A scale that runs downwards gives its first colour to the highest value.
    const colour =
      3 * (low <= high ? colourIndex(values[i], low, high) : colourIndex(-values[i], -low, -high))
    const share = strength ? heat * strength[i] : heat
    for (let channel = 0; channel < 3; channel++)
      data[3 * i + channel] = share * table[colour + channel] + (1 - share) * photo.data[3 * i + channel]
  }
  return { width: photo.width, height: photo.height, data }
}

const extreme = (values: Float32Array, pick: (a: number, b: number) => number): number =>
  values.reduce((a, b) => pick(a, b))
