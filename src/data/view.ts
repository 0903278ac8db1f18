/**
 * Where each pixel of a sample looks in a stored image, as an affine map: crops, flips, turns and shears bend it, and the
 * image is looked up once at the end. Beyond its border an image is continued by its last pixels.
 */
import type { Movement } from './rand-augment.ts'

/** Output pixel (x, y) looks at source pixel (left + x*acrossX + y*downX, top + x*acrossY + y*downY). */
export interface View {
  left: number
  top: number
  acrossX: number
  acrossY: number
  downX: number
  downY: number
}

/** Looks up every output pixel: whole steps are walked, anything else is interpolated between four pixels. */
export function sample(
  target: Float32Array,
  offset: number,
  picture: Uint8Array,
  stored: number,
  size: number,
  view: View,
  scale: readonly number[],
  shift: readonly number[],
): void {
  const whole = Object.values(view).every(Number.isInteger) && isInside(view, size, stored)
  const look = whole ? walk : interpolate
  look(target, offset, picture, stored, size, view, scale, shift)
}

const walk: typeof sample = (target, offset, picture, stored, size, view, scale, shift) => {
  const plane = size * size
  const across = (view.acrossY * stored + view.acrossX) * 3
  const down = (view.downY * stored + view.downX) * 3
  const [redScale, greenScale, blueScale] = scale
  const [redShift, greenShift, blueShift] = shift
  let to = offset
  for (let y = 0; y < size; y++) {
    let from = (view.top * stored + view.left) * 3 + y * down
    for (let x = 0; x < size; x++) {
      target[to] = picture[from] * redScale + redShift
      target[to + plane] = picture[from + 1] * greenScale + greenShift
      target[to + 2 * plane] = picture[from + 2] * blueScale + blueShift
      to++
      from += across
    }
  }
}

const interpolate: typeof sample = (target, offset, picture, stored, size, view, scale, shift) => {
  const plane = size * size
  const last = stored - 1
  let to = offset
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++, to++) {
      const sourceX = Math.min(last, Math.max(0, view.left + x * view.acrossX + y * view.downX))
      const sourceY = Math.min(last, Math.max(0, view.top + x * view.acrossY + y * view.downY))
      const left = Math.floor(sourceX)
      const top = Math.floor(sourceY)
      const a = (top * stored + left) * 3
      const b = left < last ? a + 3 : a
      const below = top < last ? stored * 3 : 0
      const shareX = sourceX - left
      const shareY = sourceY - top
      for (let channel = 0; channel < 3; channel++) {
        const upper = picture[a + channel] + (picture[b + channel] - picture[a + channel]) * shareX
        const c = picture[a + below + channel]
        const lower = c + (picture[b + below + channel] - c) * shareX
        target[to + channel * plane] = (upper + (lower - upper) * shareY) * scale[channel] + shift[channel]
      }
    }
  }
}

/** Whether every pixel of the sample looks inside the image. */
function isInside(view: View, size: number, stored: number): boolean {
  const most = size - 1
  return [0, most].every(x =>
    [0, most].every(y => {
      const sourceX = view.left + x * view.acrossX + y * view.downX
      const sourceY = view.top + x * view.acrossY + y * view.downY
      return Math.min(sourceX, sourceY) >= 0 && Math.max(sourceX, sourceY) < stored
    }),
  )
}

/** Bends the view about the centre of the sample, before what bent it so far. */
export function move(view: View, { acrossX, acrossY, downX, downY, x, y }: Movement, size: number): void {
  const centre = (size - 1) / 2
  // Output (u, v) looks where (centre + acrossX (u - centre) + downX (v - centre) + x, ...) looked.
  const left = centre - centre * (acrossX + downX) + x
  const top = centre - centre * (acrossY + downY) + y
  Object.assign(view, {
    left: view.left + left * view.acrossX + top * view.downX,
    top: view.top + left * view.acrossY + top * view.downY,
    acrossX: acrossX * view.acrossX + acrossY * view.downX,
    acrossY: acrossX * view.acrossY + acrossY * view.downY,
    downX: downX * view.acrossX + downY * view.downX,
    downY: downX * view.acrossY + downY * view.downY,
  } satisfies View)
}

export function moveTo(view: View, left: number, top: number): void {
  view.left = left
  view.top = top
}

export function flipAcross(view: View, size: number): void {
  view.left += (size - 1) * view.acrossX
  view.top += (size - 1) * view.acrossY
  view.acrossX = -view.acrossX
  view.acrossY = -view.acrossY
}

export function flipDown(view: View, size: number): void {
  transposed(view)
  flipAcross(view, size)
  transposed(view)
}

export function transposed(view: View): void {
  const { acrossX, acrossY } = view
  view.acrossX = view.downX
  view.acrossY = view.downY
  view.downX = acrossX
  view.downY = acrossY
}
