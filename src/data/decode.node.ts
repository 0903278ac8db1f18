/**
 * Image files to images. Whatever comes in (a rotated JPEG, a transparent PNG, 16 bits, CMYK, another colour
 * profile) comes out upright, as 8-bit sRGB on white. The format is detected from the file's content, never by its
 * name. The header is read first, so that nothing large is decoded by surprise.
 *
 * Resizing is bilinear with antialiasing, centred as in Pillow and torchvision's `Resize(..., antialias)`.
 */
import { availableParallelism } from 'node:os'
import sharp from 'sharp'
import { createBudget } from '../base/budget.ts'
import { readRegular } from '../base/files.node.ts'
import type { Picture } from '../base/picture.ts'
import type { Fit, Interpolation } from '../nets/architecture.ts'
import { damaged, defaultMaxMegapixels, requireImage, unreadable, whyTooLarge } from './image-errors.ts'
import { whyTooSlow, withoutBombs } from './image-guard.node.ts'
import { centreSquare, longSideTo, type Size, shortSideTo, type Window, wholeOf } from './prepare/geometry.ts'
import { letterboxed } from './prepare/letterbox.ts'
import { resample } from './prepare/resample.ts'

// One thread per image: several images are decoded at once, and the engine owns the cores. No cache of
// operations: every image is decoded once.
sharp.concurrency(1)
sharp.cache(false)

/** Of the libraries that images are decoded with. What caches hold of images depends on them. */
export const decoderVersions = Object.entries(sharp.versions)
  .map(([name, version]) => `${name} ${version}`)
  .sort()
  .join(', ')

/** How many images are decoded at once where nothing else runs: one per core, and one that waits for it. */
export const decodesAtOnce = (): number => 2 * availableParallelism()

export type Resize =
  /** keeps the ratio; the long side is rounded down, as in torchvision */
  | { shortSide: number }
  /** a square of side `square`: the centre, with the short side resized to that, unless `fit` takes the whole image */
  | { square: number; fit?: Fit; interpolation?: Interpolation }
  /** exactly this size, whatever the ratio */
  | { width: number; height: number }

export interface DecodeOptions {
  maxMegapixels?: number
  resize?: Resize
}

export interface ImageHeader {
  format: string
  /** in pixels, upright */
  width: number
  height: number
}

/**
 * Reads a whole image file.
 * @throws GlasshouseError where there is no such file; 'not-an-image' where its content is something else;
 *   'image-unreadable' where it is damaged or larger than allowed. `got` is the reason, as a part of a sentence
 */
export async function readPicture(path: string, options: DecodeOptions = {}): Promise<Picture> {
  return decodePicture(await readImageFile(path), path, options)
}

/** In bytes. The largest image that is read, uncompressed and of 16 bits, is smaller. */
const largestFile = 2 ** 29

/** The content of an image file, not decoded yet. */
export const readImageFile = (path: string): Promise<Uint8Array> => readRegular(path, largestFile)

/** Decodes the content of an image file; `where` names it in errors. An animation gives its first frame. */
export async function decodePicture(
  bytes: Uint8Array,
  where: string,
  { maxMegapixels = defaultMaxMegapixels, resize }: DecodeOptions = {},
): Promise<Picture> {
  const header = await readHeader(bytes, where)
  const tooLarge = whyTooLarge(header, maxMegapixels)
  if (tooLarge) throw unreadable(where, tooLarge)
  return decodeKnown(bytes, where, header, resize)
}

/**
 * The same for content whose upright size is known and allowed.
 *
 * A large image is reduced by libvips, which never holds the whole of it. A small one is resized here: the
 * fixed cost of libvips' resizing is several times that of decoding 128 x 128 pixels. So is every one that is
 * to be enlarged, which libvips does with a shift of up to half a pixel.
 */
export async function decodeKnown(
  bytes: Uint8Array,
  where: string,
  size: Size,
  resize?: Resize,
): Promise<Picture> {
  const { width, height, window } = geometry(size, resize)
  const { square, fit, interpolation } = resize && 'square' in resize ? resize : {}
  const reduces = width <= size.width && height <= size.height && isLarge(size)
  const image = open(bytes).autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb')
  if (reduces && (width < size.width || height < size.height)) {
    image
      .resize({
        width,
        height,
        fit: 'fill',
        kernel: interpolation === 'bicubic' ? 'cubic' : 'linear',
        fastShrinkOnLoad: false,
      })
      .extract(window)
  }
  image.removeAlpha().raw()
  const { data, info } = await within(pixelBytes(size), () =>
    image.toBuffer({ resolveWithObject: true }),
  ).catch(error => {
    throw damaged(where, error)
  })
  const picture = { width: info.width, height: info.height, data }
  const finished = picture.width === window.width && picture.height === window.height
  const resized = finished ? picture : resample(picture, width, height, window, interpolation)
  return fit === 'letterbox' && square !== undefined ? letterboxed(resized, square) : resized
}

const isLarge = (size: Size) => size.width * size.height > 2 ** 18

/** Format and size, from the first bytes. */
export async function readHeader(bytes: Uint8Array, where: string): Promise<ImageHeader> {
  const kind = requireImage(bytes, where)
  const { autoOrient, channels, depth } = await open(bytes)
    .metadata()
    .catch(error => {
      throw damaged(where, error)
    })
  if (channels > mostChannels || wideDepths.has(depth))
    throw unreadable(where, `pixels of ${channels} channels of the type ${depth} are not read`)
  const tooSlow = whyTooSlow(bytes, kind, (autoOrient.width * autoOrient.height) / 1e6)
  if (tooSlow) throw unreadable(where, tooSlow)
  return { format: kind, ...autoOrient }
}

/** Four colours and transparency. */
const mostChannels = 5

/** Types of more than four bytes, in libvips' words. */
const wideDepths = new Set(['double', 'complex', 'dpcomplex'])

/**
 * Bytes of decoded pixels that may be in memory at once, whatever the number of threads: one image of the largest
 * size that is allowed by default, of 16 bits, or many small ones.
 */
const { within } = createBudget(8e6 * defaultMaxMegapixels)

const pixelBytes = (size: { width: number; height: number }) => 8 * size.width * size.height

/** Decodes everything, at the coarsest scale that the format offers, only to see whether it can be done. */
export async function requireDecodable(bytes: Uint8Array, where: string, size: Size): Promise<void> {
  const image = open(bytes)
  if (isLarge(size)) image.resize(8, 8, { fit: 'fill', kernel: 'nearest' })
  image.raw()
  await within(pixelBytes(size), () => image.toBuffer()).catch(error => {
    throw damaged(where, error)
  })
}

// The limit on pixels is ours, checked on the header, so that the message can name the size.
const open = (bytes: Uint8Array) => sharp(withoutBombs(bytes), { failOn: 'error', limitInputPixels: false })

/** The size of the whole image after resizing, and the part of it that is kept. */
function geometry(from: Size, resize: Resize | undefined): Size & { window: Window } {
  const whole = (size: Size) => ({ ...size, window: wholeOf(size) })
  if (!resize) return whole({ width: from.width, height: from.height })
  if ('width' in resize) return whole(resize)
  if ('shortSide' in resize) return whole(shortSideTo(from, resize.shortSide))
  const { square, fit } = resize
  if (fit === 'squash') return whole({ width: square, height: square })
  if (fit === 'letterbox') return whole(longSideTo(from, square))
  const size = shortSideTo(from, square)
  return { ...size, window: centreSquare(size, square) }
}
