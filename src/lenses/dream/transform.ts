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

/** The image as it is seen in a pose, of the same size. */
export function look(image: Image, pose: Pose): Image {
  const { width, height, data } = image
  const plane = width * height
  const seen = new Float32Array(data.length).fill(grey)
  eachTap(image, pose, (target, source, share) => {
    for (let i = 0; i < 3 * plane; i += plane) seen[target + i] += share * (data[source + i] - grey)
  })
  return { ...image, data: seen }
}

/** The transpose: a gradient by what was seen becomes one by the image. */
export function lookBack(gradient: Image, pose: Pose): Image {
  const { width, height, data } = gradient
  const plane = width * height
  const back = new Float32Array(data.length)
  eachTap(gradient, pose, (target, source, share) => {
    for (let i = 0; i < 3 * plane; i += plane) back[source + i] += share * data[target + i]
  })
  return { ...gradient, data: back }
}

/** Every pair of an output pixel and a source pixel that it takes a share of. */
function eachTap(
  { width, height }: Image,
  { angle, scale, down, right }: Pose,
  visit: (target: number, source: number, share: number) => void,
): void {
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale]
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const fromX = cos * (x - middleX) - sin * (y - middleY) + middleX + right
      const fromY = sin * (x - middleX) + cos * (y - middleY) + middleY + down
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)]
      for (let corner = 0; corner < 4; corner++) {
        const column = left + (corner & 1)
        const row = top + (corner >> 1)
        const share = (1 - Math.abs(fromX - column)) * (1 - Math.abs(fromY - row))
        if (share > 0 && column >= 0 && column < width && row >= 0 && row < height)
          visit(y * width + x, row * width + column, share)
      }
    }
}
