/**
 * Transformation robustness (Lucid): before each step the image is shifted, scaled and turned a little, at
 * random, so that only what survives this can grow. The image is sampled bilinearly, grey lies around it, and
 * the gradient goes back by the transpose of the same sampling.
 */
import type { Random } from '../../base/random.ts'
import type { Image } from './image.ts'

/** Output pixel p, counted from the middle, looks at source pixel turn * p / scale + shift. */
export interface Pose {
  /** in radians */
  angle: number
  scale: number
  down: number
  right: number
}

export const stillPose: Pose = { angle: 0, scale: 1, down: 0, right: 0 }

const grey = 127.5
/** Lucid's: two jitters of 8 and 4 pixels, scales 0.9 to 1.1 by 0.02, turns by -10 to 10 degrees or, more often, none. */
const scales = Array.from({ length: 11 }, (_, i) => 0.9 + 0.02 * i)
const degrees = [...Array.from({ length: 21 }, (_, i) => i - 10), 0, 0, 0, 0, 0]

export function randomPose(stream: Random): Pose {
  const shift = () => stream.integer(9) - 4 + stream.integer(5) - 2
  return {
    angle: (stream.pick(degrees) * Math.PI) / 180,
    scale: stream.pick(scales),
    down: shift(),
    right: shift(),
  }
}

/** How images of one size are seen in a pose, and the way back. */
export function inPose({ width, height }: Pick<Image, 'width' | 'height'>, pose: Pose) {
  const plane = width * height
  const { sources, shares } = tapsOf(width, height, pose)
  return {
    /** The image as it is seen, of the same size. */
    look(image: Image): Image {
      const { data } = image
      const seen = new Float32Array(data.length)
      for (let from = 0; from < data.length; from += plane)
        for (let target = 0, tap = 0; target < plane; target++, tap += 4)
          seen[from + target] =
            grey +
            shares[tap] * (data[from + sources[tap]] - grey) +
            shares[tap + 1] * (data[from + sources[tap + 1]] - grey) +
            shares[tap + 2] * (data[from + sources[tap + 2]] - grey) +
            shares[tap + 3] * (data[from + sources[tap + 3]] - grey)
      return { ...image, data: seen }
    },
    /** The transpose: a gradient by what was seen becomes one by the image. */
    lookBack(gradient: Image): Image {
      const { data } = gradient
      const back = new Float32Array(data.length)
      for (let from = 0; from < data.length; from += plane)
        for (let target = 0, tap = 0; target < plane; target++, tap += 4) {
          const value = data[from + target]
          back[from + sources[tap]] += shares[tap] * value
          back[from + sources[tap + 1]] += shares[tap + 1] * value
          back[from + sources[tap + 2]] += shares[tap + 2] * value
          back[from + sources[tap + 3]] += shares[tap + 3] * value
        }
      return { ...gradient, data: back }
    },
  }
}

/** Four source pixels of every output pixel, and its share of each; a pixel beyond the border has none. */
function tapsOf(width: number, height: number, { angle, scale, down, right }: Pose) {
  const sources = new Int32Array(4 * width * height)
  const shares = new Float64Array(4 * width * height)
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale]
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  for (let y = 0, tap = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const fromX = cos * (x - middleX) - sin * (y - middleY) + middleX + right
      const fromY = sin * (x - middleX) + cos * (y - middleY) + middleY + down
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)]
      for (let corner = 0; corner < 4; corner++, tap++) {
        const column = left + (corner & 1)
        const row = top + (corner >> 1)
        if (column < 0 || column >= width || row < 0 || row >= height) continue
        sources[tap] = row * width + column
        shares[tap] = (1 - Math.abs(fromX - column)) * (1 - Math.abs(fromY - row))
      }
    }
  return { sources, shares }
}
