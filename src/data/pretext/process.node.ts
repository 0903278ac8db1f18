/**
 * What a camera or a program does to an image before anybody sees it, and what can betray afterwards that it was
 * mirrored, turned or cropped: demosaicing, JPEG, and resizing.
 */
import sharp from 'sharp'
import type { Picture } from '../../base/picture.ts'
import { resample } from '../prepare/resample.ts'
import { demosaiced } from './bayer.ts'
import { type JpegSettings, type Process, usualJpeg } from './processes.ts'

/** The image after the process; same size. */
export async function processed(
  picture: Picture,
  process: Process,
  jpeg: JpegSettings = usualJpeg,
): Promise<Picture> {
  if (process === 'none') return picture
  if (process === 'resize') return resizedAndBack(picture)
  const sensed = process === 'jpeg' ? picture : demosaiced(picture)
  return process === 'demosaic' ? sensed : asJpeg(sensed, jpeg)
}

/** Stored as JPEG and read again. */
export async function asJpeg(
  { width, height, data }: Picture,
  { quality, subsampling }: JpegSettings,
): Promise<Picture> {
  const file = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: subsampling })
    .toBuffer()
  return { width, height, data: await sharp(file).raw().toBuffer() }
}

function resizedAndBack(picture: Picture): Picture {
  const { width, height } = picture
  const [across, down] = [width, height].map(side => Math.max(1, Math.round(0.75 * side)))
  const smaller = resample(picture, across, down)
  return resample(smaller, width, height)
}
