/** Exact rearrangements of an image: no pixel is interpolated, so none can betray what was done. */
import type { Picture } from '../../base/picture.ts'
import type { Window } from '../prepare/geometry.ts'

/** Every pixel of the result is the pixel of `picture` at `from(x, y)`, counted row by row. */
function rearranged(
  { data }: Picture,
  width: number,
  height: number,
  from: (x: number, y: number) => number,
): Picture {
  const result = new Uint8Array(3 * width * height)
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 3) {
      const start = 3 * from(x, y)
      result[to] = data[start]
      result[to + 1] = data[start + 1]
      result[to + 2] = data[start + 2]
    }
  return { width, height, data: result }
}

/** Left becomes right. */
export const mirrored = (picture: Picture): Picture =>
  rearranged(picture, picture.width, picture.height, (x, y) => (y + 1) * picture.width - 1 - x)

/** Top becomes bottom. */
export const upended = (picture: Picture): Picture =>
  rearranged(picture, picture.width, picture.height, (x, y) => (picture.height - 1 - y) * picture.width + x)

/** By quarter turns, clockwise. */
export function turned(picture: Picture, quarters: number): Picture {
  const { width, height } = picture
  if (quarters % 4 === 0) return picture
  const once = rearranged(picture, height, width, (x, y) => (height - 1 - x) * width + y)
  return turned(once, (quarters % 4) - 1)
}

/** The channels in another order: red of the result is the channel `order[0]` of the image. */
export const withChannels = ({ width, height, data }: Picture, order: readonly number[]): Picture => ({
  width,
  height,
  data: data.map((_, index) => data[index - (index % 3) + order[index % 3]]),
})

/** The part of an image within a window. */
export function windowOf(picture: Picture, { left, top, width, height }: Window): Picture {
  const data = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * picture.width + left)
    data.set(picture.data.subarray(from, from + 3 * width), 3 * y * width)
  }
  return { width, height, data }
}

/** The image without so many pixels at each side. */
export const withoutBorder = (picture: Picture, border: number): Picture =>
  windowOf(picture, {
    left: border,
    top: border,
    width: picture.width - 2 * border,
    height: picture.height - 2 * border,
  })

/** Mean absolute difference of two images of one size, in grey levels. */
export function meanDifference(one: Picture, other: Picture): number {
  let sum = 0
  for (let i = 0; i < one.data.length; i++) sum += Math.abs(one.data[i] - other.data[i])
  return sum / one.data.length
}
