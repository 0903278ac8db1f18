/**
 * Changing the colours of a sample: red, green and blue planes of values from 0 to 1, in place. Definitions as
 * in torchvision's `adjust_brightness`, `_contrast`, `_saturation` and `_hue` for floating-point tensors: a
 * factor of 1 (a hue shift of 0) changes nothing, and what leaves 0..1 is clamped.
 */
import type { Random } from '../base/random.ts'

type Adjustment = (pixels: Float32Array, offset: number, plane: number, amount: number) => void

/** Rec. 601 luma, to the four digits that torchvision uses. */
const luma = (red: number, green: number, blue: number) => 0.2989 * red + 0.587 * green + 0.114 * blue

const clamp = (value: number) => Math.min(1, Math.max(0, value))

export const adjustBrightness: Adjustment = (pixels, offset, plane, factor) => {
  for (let i = offset; i < offset + 3 * plane; i++) pixels[i] = clamp(pixels[i] * factor)
}

/** Away from, or toward, the mean luma of the whole sample. */
export const adjustContrast: Adjustment = (pixels, offset, plane, factor) => {
  let sum = 0
  for (let i = offset; i < offset + plane; i++)
    sum += luma(pixels[i], pixels[i + plane], pixels[i + 2 * plane])
  const rest = (1 - factor) * (sum / plane)
  for (let i = offset; i < offset + 3 * plane; i++) pixels[i] = clamp(pixels[i] * factor + rest)
}

/** Away from, or toward, each pixel's luma. */
export const adjustSaturation: Adjustment = (pixels, offset, plane, factor) => {
  for (let r = offset, g = r + plane, b = g + plane; r < offset + plane; r++, g++, b++) {
    const rest = (1 - factor) * luma(pixels[r], pixels[g], pixels[b])
    pixels[r] = clamp(pixels[r] * factor + rest)
    pixels[g] = clamp(pixels[g] * factor + rest)
    pixels[b] = clamp(pixels[b] * factor + rest)
  }
}

/** Turns the hue by a share of the colour circle, -0.5 to 0.5; lightest and darkest channel (HSV) stay. */
export const adjustHue: Adjustment = (pixels, offset, plane, shift) => {
  for (let r = offset, g = r + plane, b = g + plane; r < offset + plane; r++, g++, b++) {
    const red = pixels[r]
    const green = pixels[g]
    const blue = pixels[b]
    const most = Math.max(red, green, blue)
    const chroma = most - Math.min(red, green, blue)
    if (chroma === 0) continue
    const sixths =
      most === red
        ? (green - blue) / chroma
        : most === green
          ? 2 + (blue - red) / chroma
          : 4 + (red - green) / chroma
    const turned = sixths + 6 * shift + 12
    pixels[r] = most - chroma * dip(turned + 5)
    pixels[g] = most - chroma * dip(turned + 3)
    pixels[b] = most - chroma * dip(turned + 1)
  }
}

/** How far a channel lies below the lightest, as a share of the chroma: the same trapezoid for all three, shifted. */
function dip(sixths: number): number {
  const place = sixths - 6 * Math.floor(sixths / 6)
  return Math.max(0, Math.min(place, 4 - place, 1))
}

/** torchvision's ColorJitter: a factor from 1 - share to 1 + share for each, applied in random order. */
export function colourJitter(
  pixels: Float32Array,
  offset: number,
  plane: number,
  shares: { brightness: number; contrast: number; saturation: number; hue: number },
  stream: Random,
): void {
  const factor = (share: number) => stream.uniform(Math.max(0, 1 - share), 1 + share)
  const adjustments: [Adjustment, number][] = [
    [adjustBrightness, factor(shares.brightness)],
    [adjustContrast, factor(shares.contrast)],
    [adjustSaturation, factor(shares.saturation)],
    [adjustHue, stream.uniform(-shares.hue, shares.hue)],
  ]
  for (const [adjust, amount] of stream.shuffle(adjustments)) adjust(pixels, offset, plane, amount)
}
