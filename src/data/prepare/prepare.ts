/**
 * One image made ready for a network: the square that the network sees, and its numbers.
 */
import type { Picture } from '../../base/picture.ts'
import type { Preprocessing } from '../../nets/network.ts'
import { augmentationStream, augmentInto, centreCrop } from '../augment.ts'
import { type PictureStore, pictureAt } from '../store.ts'
import { centreSquare, longSideTo, shortSideTo } from './geometry.ts'
import { letterboxed } from './letterbox.ts'
import { resample } from './resample.ts'

/**
 * The part of an image that a network looks at, size x size pixels: the short side resized to
 * `preprocessing.resize` and the centre cut out, unless `preprocessing.fit` makes a square of the whole image; or, with
 * `plain`, everything squeezed into the square.
 */
export function viewOf(
  picture: Picture,
  { size, resize, fit = 'crop', interpolation }: Preprocessing,
  plain = false,
): Picture {
  if (plain) return resample(picture, size, size)
  const side = Math.max(size, resize)
  if (fit === 'crop') {
    const short = shortSideTo(picture, side)
    return resample(picture, short.width, short.height, centreSquare(short, size), interpolation)
  }
  const { width, height } = fit === 'squash' ? { width: side, height: side } : longSideTo(picture, side)
  const square = letterboxed(resample(picture, width, height, undefined, interpolation), side)
  return side === size ? square : resample(square, side, side, centreSquare(square, size))
}

/** How to fill in the images at `indices` of a store for evaluation: the centre, nothing random. */
export const centrePictures =
  (store: PictureStore, indices: ArrayLike<number>, preprocessing: Preprocessing) =>
  (index: number, target: Float32Array, offset: number): void =>
    fillPrepared(pictureAt(store, indices[index]), preprocessing, target, offset)

/** Writes the centre of an image, size x size, into `target` as 3 x size x size numbers, normalised. */
export function fillPrepared(
  picture: Picture,
  preprocessing: Preprocessing,
  target: Float32Array,
  offset: number,
): void {
  augmentInto(
    target,
    offset,
    picture.data,
    picture.width,
    centreCrop(preprocessing.size),
    preprocessing,
    augmentationStream(0, 0, 0),
  )
}
