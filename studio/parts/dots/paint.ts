/**
 * Dots, stamped into the pixels of a canvas. This takes a few milliseconds for a hundred thousand of them on any
 * machine, with or without a graphics processor; there is no context to lose and no shader to compile, so that many
 * panels stand side by side. (regl-scatterplot compiles its shaders' calls with `new Function`, which the page's rules
 * of security forbid.)
 */
import type { Place } from './marks.ts'

/** What of the plane is seen: the place in the middle, and pixels for each unit. The y axis points down. */
export interface Camera {
  x: number
  y: number
  scale: number
}

export interface Dots {
  x: Float32Array
  y: Float32Array
  /** of each dot: a place in the palette */
  colour: Uint8Array
  /** in the byte order of image data: 0xAABBGGRR */
  palette: Uint32Array
  /** of each dot: 1 where it is chosen; the others are then drawn faintly */
  chosen?: Uint8Array
}

/** A disc as the places of its pixels around its middle. */
function stampOf(diameter: number, width: number): Int32Array {
  const reach = Math.floor(diameter / 2)
  const places: number[] = []
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++)
      if (x * x + y * y <= (diameter * diameter) / 4 + 0.2) places.push(y * width + x)
  return Int32Array.from(places)
}

/** @param diameter of a dot in pixels of the image */
export function paintDots(
  image: Uint32Array,
  width: number,
  height: number,
  { x, y, colour, palette, chosen }: Dots,
  camera: Camera,
  diameter: number,
): void {
  image.fill(0)
  const pass = (wanted: 0 | 1 | undefined, colours: Uint32Array, size: number) => {
    const stamp = stampOf(size, width)
    const reach = Math.floor(size / 2)
    const { scale } = camera
    const left = width / 2 - camera.x * scale + 0.5
    const top = height / 2 - camera.y * scale + 0.5
    const [right, bottom] = [width - reach, height - reach]
    const isPoint = stamp.length === 1
    for (let at = 0; at < x.length; at++) {
      if (wanted !== undefined && chosen?.[at] !== wanted) continue
      const column = x[at] * scale + left
      const row = y[at] * scale + top
      // NaN fails every comparison: what has no place is not drawn.
      if (!(column >= reach && row >= reach && column < right && row < bottom)) continue
      // The next whole number below, as both are positive.
      const middle = (row | 0) * width + (column | 0)
      const value = colours[colour[at]]
      if (isPoint) image[middle] = value
      else for (let part = 0; part < stamp.length; part++) image[middle + stamp[part]] = value
    }
  }
  if (chosen) {
    pass(0, palette.map(faint), Math.max(1, diameter - 2))
    pass(1, palette, diameter + 1)
  } else pass(undefined, palette, diameter)
}

/** The same colour at a fifth of its strength. */
const faint = (value: number): number => ((value & 0xffffff) | (0x33 << 24)) >>> 0

/** The colour that a dot is stamped with, in the byte order of image data. */
export function stampedColours({ colour, palette, chosen }: Dots): (index: number) => number {
  const paler = palette.map(faint)
  return index => (chosen && !chosen[index] ? paler : palette)[colour[index]]
}

/** Pixels across a dot: the more dots there are, the smaller. */
export function dotSize(count: number, ratio: number): number {
  const size = count > 200_000 ? 1 : count > 40_000 ? 2 : count > 8_000 ? 4 : count > 2_000 ? 5 : 7
  return Math.max(1, Math.round(size * Math.min(2, ratio)))
}

/** Where dots lie; without any, `left` is greater than `right`. */
export interface Bounds {
  left: number
  right: number
  top: number
  bottom: number
}

export function boundsOf(columns: readonly { x: Float32Array; y: Float32Array }[]): Bounds {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const { x, y } of columns)
    for (let at = 0; at < x.length; at++) {
      if (!Number.isFinite(x[at]) || !Number.isFinite(y[at])) continue
      if (x[at] < left) left = x[at]
      if (x[at] > right) right = x[at]
      if (y[at] < top) top = y[at]
      if (y[at] > bottom) bottom = y[at]
    }
  return { left, right, top, bottom }
}

/** Half of an image that stands for a dot, with its frame: images at the edge are shown whole. */
const margin = 26

/** Shows everything within the bounds in a square of this side in pixels, with a margin. */
export function cameraOf({ left, right, top, bottom }: Bounds, side: number): Camera {
  if (left > right) return { x: 0, y: 0, scale: 1 }
  const room = Math.max(side - 2 * margin, side / 2)
  const scale = Math.min(room / (right - left || 1), room / (bottom - top || 1))
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale }
}

/** Where a place of the plane lies in a panel of this side. */
export const placeOf =
  ({ x: middle, y: centre, scale }: Camera, side: number): Place =>
  (x, y) => [(x - middle) * scale + side / 2, (y - centre) * scale + side / 2]

/** Marks these dots, of `count` in all, as chosen. */
export function marksOf(indices: readonly number[], count: number): Uint8Array {
  const marks = new Uint8Array(count)
  for (const index of indices) marks[index] = 1
  return marks
}

/** The dot nearest to a place of the plane, within `reach`; -1 where there is none. */
export function nearestDot(
  x: Float32Array,
  y: Float32Array,
  toX: number,
  toY: number,
  reach: number,
): number {
  let [best, found] = [reach * reach, -1]
  for (let at = 0; at < x.length; at++) {
    const [dx, dy] = [x[at] - toX, y[at] - toY]
    const distance = dx * dx + dy * dy
    if (distance <= best) {
      best = distance
      found = at
    }
  }
  return found
}

/** Dots within an outline: an even number of edges to the left of what is outside. */
export function within(
  x: Float32Array,
  y: Float32Array,
  outline: readonly (readonly [number, number])[],
): number[] {
  const found: number[] = []
  if (outline.length < 3) return found
  const [left, right] = [Math.min(...outline.map(([x]) => x)), Math.max(...outline.map(([x]) => x))]
  const [top, bottom] = [Math.min(...outline.map(([, y]) => y)), Math.max(...outline.map(([, y]) => y))]
  for (let at = 0; at < x.length; at++) {
    const [px, py] = [x[at], y[at]]
    if (!(px >= left && px <= right && py >= top && py <= bottom)) continue
    let isInside = false
    for (let edge = 0, before = outline.length - 1; edge < outline.length; before = edge++) {
      const [ax, ay] = outline[edge]
      const [bx, by] = outline[before]
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) isInside = !isInside
    }
    if (isInside) found.push(at)
  }
  return found
}
