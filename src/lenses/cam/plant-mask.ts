/**
 * Where the plant is, roughly: excess green (Woebbecke et al. 1995), 2g - r - b of chromaticities that sum to 1.
 * Good enough to ask whether a heat map lies on the plant; no segmentation.
 */
import type { Picture } from '../../base/picture.ts'
import { meanOf } from '../../base/statistics.ts'

/** Excess green above this counts as plant; gravel, strips and shadows stay below it. */
export const excessGreenThreshold = 0.1

/** width x height, 1 on the plant and 0 elsewhere, row by row. */
export function plantMask({ width, height, data }: Picture): Uint8Array {
  const mask = new Uint8Array(width * height)
  for (let i = 0; i < mask.length; i++) {
    const [red, green, blue] = [data[3 * i], data[3 * i + 1], data[3 * i + 2]]
    const sum = red + green + blue
    mask[i] = sum > 0 && (2 * green - red - blue) / sum > excessGreenThreshold ? 1 : 0
  }
  return mask
}

/** Share of the positive heat that lies where the mask is 1; undefined where there is no positive heat. */
export function shareInside(heat: Float32Array, mask: Uint8Array): number | undefined {
  let inside = 0
  let all = 0
  for (let i = 0; i < heat.length; i++) {
    if (heat[i] <= 0) continue
    all += heat[i]
    if (mask[i]) inside += heat[i]
  }
  return all > 0 ? inside / all : undefined
}

/** Share of the pixels that are plant. */
export const areaOf = (mask: Uint8Array): number => meanOf(mask)
