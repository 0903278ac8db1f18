/**
 * RandAugment (Cubuk et al. 2020): some operations of fourteen, chosen at random, all at one magnitude from 0 to 30. The
 * operations and what a magnitude means for each are those of torchvision; where an image is moved, its border is
 * repeated in place of black, and all movements together sample it once.
 *
 * Colour operations work on red, green and blue planes of values from 0 to 1, in place.
 */
import { largest, smallest } from '../base/extremes.ts'
import type { Random } from '../base/random.ts'
import { adjustBrightness, adjustContrast, adjustSaturation } from './colour.ts'

/** In steps of the magnitude. */
const strongest = 30

/** Moves the lookup of a sample about its centre: by what each is multiplied, and by pixels. */
export interface Movement {
  acrossX: number
  acrossY: number
  downX: number
  downY: number
  x: number
  y: number
}

const still: Movement = { acrossX: 1, acrossY: 0, downX: 0, downY: 1, x: 0, y: 0 }

type Paint = (pixels: Float32Array, offset: number, plane: number) => void

/** What one operation does to a sample, once it is drawn. */
export type DrawnOperation = { movement: Movement } | { paint: Paint }

/** Given the magnitude as a share of the strongest, and a sign. */
type Operation = (share: number, sign: 1 | -1, size: number) => DrawnOperation

const movement = (changes: Partial<Movement>): DrawnOperation => ({ movement: { ...still, ...changes } })
const paint = (paint: Paint): DrawnOperation => ({ paint })

const randOperations = {
  identity: () => movement({}),
  'shear-x': (share, sign) => movement({ downX: sign * 0.3 * share }),
  'shear-y': (share, sign) => movement({ acrossY: sign * 0.3 * share }),
  'translate-x': (share, sign, size) => movement({ x: sign * Math.floor((150 / 331) * size * share) }),
  'translate-y': (share, sign, size) => movement({ y: sign * Math.floor((150 / 331) * size * share) }),
  rotate: (share, sign) => {
    const angle = (sign * share * 30 * Math.PI) / 180
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)]
    return movement({ acrossX: cosine, acrossY: sine, downX: -sine, downY: cosine })
  },
  brightness: (share, sign) => paint((...at) => adjustBrightness(...at, 1 + sign * 0.9 * share)),
  colour: (share, sign) => paint((...at) => adjustSaturation(...at, 1 + sign * 0.9 * share)),
  contrast: (share, sign) => paint((...at) => adjustContrast(...at, 1 + sign * 0.9 * share)),
  sharpness: (share, sign) => paint((...at) => adjustSharpness(...at, 1 + sign * 0.9 * share)),
  posterize: share => paint((...at) => posterize(...at, 8 - Math.round(4 * share))),
  solarize: share => paint((...at) => solarize(...at, 1 - share)),
  'auto-contrast': () => paint(autoContrast),
  equalize: () => paint(equalize),
} as const satisfies Record<string, Operation>

const operations: readonly Operation[] = Object.values(randOperations)

/** @param size of a sample, in pixels */
export function drawOperations(
  { layers, magnitude }: { layers: number; magnitude: number },
  stream: Random,
  size: number,
): DrawnOperation[] {
  return Array.from({ length: layers }, () =>
    stream.pick(operations)(magnitude / strongest, stream.chance(0.5) ? 1 : -1, size),
  )
}

/** Away from, or toward, a blurred copy, whose border is that of the sample. */
export function adjustSharpness(pixels: Float32Array, offset: number, plane: number, factor: number): void {
  const size = Math.round(Math.sqrt(plane))
  for (let channel = 0; channel < 3; channel++) {
    const start = offset + channel * plane
    const own = pixels.slice(start, start + plane)
    for (let y = 1; y < size - 1; y++)
      for (let x = 1; x < size - 1; x++) {
        const i = y * size + x
        let sum = 4 * own[i]
        for (let row = i - size; row <= i + size; row += size) sum += own[row - 1] + own[row] + own[row + 1]
        const blurred = sum / 13
        pixels[start + i] = Math.min(1, Math.max(0, blurred + factor * (own[i] - blurred)))
      }
  }
}

const toByte = (value: number): number => Math.round(255 * value)

/** Keeps the highest bits of each value. */
export function posterize(pixels: Float32Array, offset: number, plane: number, bits: number): void {
  const mask = 256 - 2 ** (8 - bits)
  for (let i = offset; i < offset + 3 * plane; i++) pixels[i] = (toByte(pixels[i]) & mask) / 255
}

/** Inverts what is at or above the threshold. */
export function solarize(pixels: Float32Array, offset: number, plane: number, threshold: number): void {
  for (let i = offset; i < offset + 3 * plane; i++)
    if (toByte(pixels[i]) >= 255 * threshold) pixels[i] = 1 - pixels[i]
}

/** Stretches each channel from its darkest to its lightest value. */
export function autoContrast(pixels: Float32Array, offset: number, plane: number): void {
  for (let start = offset; start < offset + 3 * plane; start += plane) {
    const own = pixels.subarray(start, start + plane)
    const [least, most] = [smallest(own, 1), largest(own, 0)]
    if (most <= least) continue
    for (let i = 0; i < plane; i++) own[i] = (own[i] - least) / (most - least)
  }
}

/** Makes the histogram of each channel flat, as Pillow does. */
export function equalize(pixels: Float32Array, offset: number, plane: number): void {
  for (let start = offset; start < offset + 3 * plane; start += plane) {
    const own = pixels.subarray(start, start + plane)
    const counts = new Int32Array(256)
    for (const value of own) counts[toByte(value)]++
    const highest = counts.findLast(count => count > 0) ?? 0
    const step = Math.floor((plane - highest) / 255)
    if (step === 0) continue
    let below = Math.floor(step / 2)
    const table = counts.map(count => {
      const value = Math.min(255, Math.floor(below / step))
      below += count
      return value
    })
    for (let i = 0; i < plane; i++) own[i] = table[toByte(own[i])] / 255
  }
}
