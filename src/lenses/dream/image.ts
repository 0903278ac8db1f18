/**
 * The image while it is being dreamed: red, green and blue planes of real numbers on the scale 0 to 255. It
 * may leave that range between steps, and is rounded only when it is shown.
 */
import type { Picture } from '../../base/picture.ts'
import type { Random } from '../../base/random.ts'
import { upsample } from '../../figures/heat.ts'

export interface Image {
  readonly width: number
  readonly height: number
  /** 3 x height x width */
  readonly data: Float32Array
}

export function imageOf({ width, height, data }: Picture): Image {
  const plane = width * height
  const planes = new Float32Array(3 * plane)
  for (let i = 0; i < plane; i++)
    for (let channel = 0; channel < 3; channel++) planes[channel * plane + i] = data[3 * i + channel]
  return { width, height, data: planes }
}

export function pictureOf({ width, height, data: planes }: Image): Picture {
  const plane = width * height
  const data = new Uint8Array(3 * plane)
  for (let i = 0; i < plane; i++)
    for (let channel = 0; channel < 3; channel++)
      data[3 * i + channel] = Math.min(255, Math.max(0, Math.round(planes[channel * plane + i])))
  return { width, height, data }
}

/** Grey with a little noise: what a dream without a photograph starts from. */
export function noisePicture(width: number, height: number, stream: Random): Picture {
  return {
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, () => stream.uniform(100, 156)),
  }
}

/** Bilinear, each plane by itself. */
export function enlarge({ width, height, data }: Image, toWidth: number, toHeight: number): Image {
  const plane = width * height
  const planes = new Float32Array(3 * toWidth * toHeight)
  for (let channel = 0; channel < 3; channel++)
    planes.set(
      upsample(data.subarray(channel * plane, (channel + 1) * plane), height, width, toHeight, toWidth),
      channel * toWidth * toHeight,
    )
  return { width: toWidth, height: toHeight, data: planes }
}

export const plus = (a: Image, b: Image): Image => ({
  ...a,
  data: a.data.map((value, i) => value + b.data[i]),
})
export const minus = (a: Image, b: Image): Image => ({
  ...a,
  data: a.data.map((value, i) => value - b.data[i]),
})

/** Moves everything down and right; what leaves on one side comes back on the other. */
export function roll({ width, height, data }: Image, down: number, right: number): Image {
  const shift = ((right % width) + width) % width
  const moved = new Float32Array(data.length)
  for (let row = 0; row < 3 * height; row++) {
    const [channel, y] = [Math.floor(row / height), row % height]
    const target = (channel * height + ((((y + down) % height) + height) % height)) * width
    const line = data.subarray(row * width, (row + 1) * width)
    moved.set(line.subarray(0, width - shift), target + shift)
    moved.set(line.subarray(width - shift), target)
  }
  return { width, height, data: moved }
}

/** The window of an image from (top, left) on. */
export function cut(
  { width, height, data }: Image,
  top: number,
  left: number,
  rows: number,
  columns: number,
): Image {
  const part = new Float32Array(3 * rows * columns)
  for (let row = 0; row < 3 * rows; row++) {
    const from = (Math.floor(row / rows) * height + top + (row % rows)) * width + left
    part.set(data.subarray(from, from + columns), row * columns)
  }
  return { width: columns, height: rows, data: part }
}

/** Lays a window into an image, in place. */
export function paste({ width, height, data }: Image, part: Image, top: number, left: number): void {
  for (let row = 0; row < 3 * part.height; row++) {
    const to = (Math.floor(row / part.height) * height + top + (row % part.height)) * width + left
    data.set(part.data.subarray(row * part.width, (row + 1) * part.width), to)
  }
}
