/**
 * A lens, and scenes to look at through it. A lens darkens what is far from its axis by the fourth power of the cosine,
 * and images red a little larger than blue. Both tell where on the image a part was, whatever it shows: what a classifier
 * of parts finds on scenes without content is the lens. Van Hoorick and Vondrick, "Dissecting Image Crops" (ICCV 2021).
 */
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import { resample } from '../prepare/resample.ts'

export interface Lens {
  /** by how much red is magnified, and blue reduced */
  spread: number
  /** angle at which the corners are seen, in degrees from the axis */
  corner: number
}

export const usualLens: Lens = { spread: 0.002, corner: 35 }

/** The image as the lens gives it; same size. */
export function throughLens(picture: Picture, { spread, corner }: Lens = usualLens): Picture {
  const { width, height, data } = picture
  const result = new Uint8Array(data.length)
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2]
  const slope = Math.tan((corner * Math.PI) / 180) / Math.hypot(cx, cy)
  const scales = [1 / (1 + spread), 1, 1 / (1 - spread)]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      // cos(atan(t))^4 = 1 / (1 + t^2)^2
      const light = 1 / (1 + ((x - cx) ** 2 + (y - cy) ** 2) * slope * slope) ** 2
      for (let channel = 0; channel < 3; channel++) {
        const [u, v] = [cx + (x - cx) * scales[channel], cy + (y - cy) * scales[channel]]
        result[3 * (y * width + x) + channel] = Math.round(light * bilinear(picture, u, v, channel))
      }
    }
  return { width, height, data: result }
}

function bilinear({ width, height, data }: Picture, u: number, v: number, channel: number): number {
  const [x, y] = [Math.min(width - 1, Math.max(0, u)), Math.min(height - 1, Math.max(0, v))]
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [right, bottom] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)]
  const at = (column: number, row: number) => data[3 * (row * width + column) + channel]
  const upper = at(left, top) + (x - left) * (at(right, top) - at(left, top))
  const lower = at(left, bottom) + (x - left) * (at(right, bottom) - at(left, bottom))
  return upper + (y - top) * (lower - upper)
}

/**
 * A scene of nothing: grey noise that is of one kind at all places and nearly at all scales, so that a part cannot be told from
 * the whole. The same seed and keys give the same scene.
 */
export function noiseScene(side: number, seed: number, ...keys: (string | number)[]): Picture {
  const { normal } = random(seed, 'noise scene', ...keys)
  const sum = new Float32Array(side * side)
  // Octaves from one cell across to one for each pixel, so that a part has the spectrum of the whole.
  for (let cells = 1; cells <= side; cells *= 2) {
    const wide = cells + 2
    const data = new Uint8Array(3 * wide * wide)
    for (let at = 0; at < wide * wide; at++)
      data.fill(Math.max(0, Math.min(255, Math.round(128 + 40 * normal()))), 3 * at, 3 * at + 3)
    const cell = side / cells
    const extent = Math.round(wide * cell)
    const start = Math.round(cell)
    const window = { left: start, top: start, width: side, height: side }
    const large = resample({ width: wide, height: wide, data }, extent, extent, window)
    for (let at = 0; at < sum.length; at++) sum[at] += large.data[3 * at] - 128
  }
  const data = new Uint8Array(3 * side * side)
  for (let at = 0; at < sum.length; at++)
    data.fill(Math.max(0, Math.min(255, Math.round(150 + 0.5 * sum[at]))), 3 * at, 3 * at + 3)
  return { width: side, height: side, data }
}
