/**
 * A lens, and scenes to look at through it. A lens darkens what is far from its axis by the fourth power of the cosine,
 * and images red a little larger than blue. Both tell where on the image a part was, whatever it shows: what a classifier
 * of parts finds on scenes without content is the lens. Van Hoorick and Vondrick, "Dissecting Image Crops" (ICCV 2021).
 */
import type { Picture } from '../../base/picture.ts'
import { type Random, random } from '../../base/random.ts'

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

/** Largest cells of a scene, in sides of it: what is larger still adds no slope that could be seen. */
const largest = 32

/**
 * A scene of nothing: grey noise that is of one kind at all places and all scales, so that a part cannot be told from the
 * whole. Grids of noise are added, each twice as fine as the one before. Where they begin and how fine
 * they are is drawn for each scene: a grid that began at the border of every scene would tell where the border is. The
 * same seed and keys give the same scene.
 */
export function noiseScene(side: number, seed: number, ...keys: (string | number)[]): Picture {
  const stream = random(seed, 'noise scene', ...keys)
  const sum = new Float32Array(side * side)
  for (let cell = largest * side * 2 ** -stream.uniform(0, 1); cell >= 1; cell /= 2)
    addGrid(sum, side, cell, stream)
  const data = new Uint8Array(3 * side * side)
  for (let at = 0; at < sum.length; at++)
    data.fill(Math.max(0, Math.min(255, Math.round(150 + 18 * sum[at]))), 3 * at, 3 * at + 3)
  return { width: side, height: side, data }
}

/** Adds normal noise at the corners of cells, and between them what lies between; the first cell begins anywhere. */
function addGrid(sum: Float32Array, side: number, cell: number, { normal, uniform }: Random): void {
  const [left, top] = [uniform(0, 1), uniform(0, 1)]
  const wide = Math.ceil(side / cell) + 2
  const corners = Float32Array.from({ length: wide * wide }, () => normal())
  for (let y = 0; y < side; y++) {
    const v = top + y / cell
    const row = Math.floor(v)
    const down = v - row
    for (let x = 0; x < side; x++) {
      const u = left + x / cell
      const column = Math.floor(u)
      const right = u - column
      const at = row * wide + column
      const upper = corners[at] + right * (corners[at + 1] - corners[at])
      const lower = corners[at + wide] + right * (corners[at + wide + 1] - corners[at + wide])
      sum[y * side + x] += upper + down * (lower - upper)
    }
  }
}
