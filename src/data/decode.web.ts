/**
 * Image files to images, by the browser's own decoders: upright, as 8-bit sRGB on white, as `decode.node.ts` gives
 * them. The formats are those that the browser reads; TIFF is rarely among them.
 */
import type { Picture } from '../base/picture.ts'
import { damaged, defaultMaxMegapixels, requireImage, unreadable, whyTooLarge } from './image-errors.ts'

export interface WebDecodeOptions {
  maxMegapixels?: number
}

/**
 * Decodes the content of an image file; `where` names it in errors. An animation gives its first frame.
 * @throws GlasshouseError 'not-an-image' where the content is something else; 'image-unreadable' where it is damaged,
 *   of a kind that the browser does not read, or larger than allowed
 */
export async function decodePicture(
  bytes: Uint8Array<ArrayBuffer>,
  where: string,
  { maxMegapixels = defaultMaxMegapixels }: WebDecodeOptions = {},
): Promise<Picture> {
  const kind = requireImage(bytes, where)
  const bitmap = await createImageBitmap(new Blob([bytes], { type: `image/${kind}` }), {
    imageOrientation: 'from-image',
  }).catch(error => {
    throw damaged(where, error)
  })
  try {
    const { width, height } = bitmap
    const tooLarge = whyTooLarge(bitmap, maxMegapixels)
    if (tooLarge) throw unreadable(where, tooLarge)
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
    if (!context) throw unreadable(where, 'the browser has no memory for it')
    context.fillStyle = '#ffffff'
    context.fillRect(0, 0, width, height)
    context.drawImage(bitmap, 0, 0)
    return { width, height, data: withoutAlpha(context.getImageData(0, 0, width, height).data) }
  } finally {
    bitmap.close()
  }
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from]
    rgb[to++] = rgba[from + 1]
    rgb[to++] = rgba[from + 2]
  }
  return rgb
}
