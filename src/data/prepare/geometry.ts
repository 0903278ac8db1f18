/**
 * Where in an image the square is that a network sees: the short side is resized to a given length, and the centre is
 * cut out, as torchvision's Resize and CenterCrop do. Decoding, augmentation and the lenses all use these functions.
 */

export interface Size {
  width: number
  height: number
}

/** A part of an image, in pixels. */
export interface Window extends Size {
  left: number
  top: number
}

/** The size with the short side `short` and the same ratio; the long side is rounded down. */
export function shortSideTo({ width, height }: Size, short: number): Size {
  const long = Math.floor((short * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? { width: short, height: long } : { width: long, height: short }
}

/** The size with the long side `long` and the same ratio; the short side is rounded, and at least a pixel. */
export function longSideTo({ width, height }: Size, long: number): Size {
  const short = Math.max(1, Math.round((long * Math.min(width, height)) / Math.max(width, height)))
  return width <= height ? { width: short, height: long } : { width: long, height: short }
}

/** Where a centred window begins; a half goes to the even neighbour, as Python's `round` has it in torchvision. */
export function centred(extent: number, window: number): number {
  const half = (extent - window) / 2
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2)
}

/** The square of side `side` in the centre. */
export const centreSquare = ({ width, height }: Size, side: number): Window => ({
  left: centred(width, side),
  top: centred(height, side),
  width: side,
  height: side,
})

export const wholeOf = ({ width, height }: Size): Window => ({ left: 0, top: 0, width, height })
