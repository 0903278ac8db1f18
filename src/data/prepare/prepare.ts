/**
 * One picture made ready for a network: the square that the network sees, and its numbers.
 */
import type { Picture } from '../../base/picture.ts'
import type { Preprocessing } from '../../nets/network.ts'
import { augmentationStream, augmentInto, centreCrop } from '../augment.ts'
import { resample } from './resample.ts'

/**
 * The part of a picture that a network looks at, size x size pixels: the short side resized to
 * `preprocessing.resize` and the centre cut out; or, with `plain`, everything squeezed into the square.
 */
export function viewOf(picture: Picture, { size, resize }: Preprocessing, plain = false): Picture {
  if (plain) return resample(picture, size, size, { left: 0, top: 0, width: size, height: size })
  const scale = resize / Math.min(picture.width, picture.height)
  const width = Math.max(size, Math.floor(picture.width * scale))
  const height = Math.max(size, Math.floor(picture.height * scale))
  const middle = (extent: number) => halfToEven((extent - size) / 2)
  return resample(picture, width, height, {
    left: middle(width),
    top: middle(height),
    width: size,
    height: size,
  })
}

/** A half pixel goes to the even side, as in torchvision. */
const halfToEven = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))

/** Writes a size x size picture into `target` as 3 x size x size numbers, normalised. */
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
