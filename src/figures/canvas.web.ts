/** The canvas of a page: its own document, and images as the browser encodes them. */
import { GlasshouseError } from '../base/errors.ts'
import type { Picture } from '../base/picture.ts'
import { base64 } from './base64.ts'
import { type Canvas, embeddedType } from './canvas.ts'

/** @param owner the document that plots belong to; a Web Worker has none of its own */
export const createCanvas = (owner: Document = document): Canvas => ({ document: owner, embed })

async function embed(picture: Picture, quality?: number): Promise<string> {
  const type = embeddedType(picture, quality)
  const blob = await drawn(picture).convertToBlob({ type, quality: (quality ?? 90) / 100 })
  // A browser without an encoder for the type takes PNG, and says so.
  return addressOfBlob(blob)
}

/** A data URI that holds the blob. */
export const addressOfBlob = async (blob: Blob): Promise<string> =>
  `data:${blob.type};base64,${base64(new Uint8Array(await blob.arrayBuffer()))}`

function drawn(picture: Picture): OffscreenCanvas {
  const { width, height } = picture
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) {
    throw new GlasshouseError({
      code: 'no-memory',
      what: `the browser has no memory for an image of ${width} x ${height} pixels`,
      fault: 'machine',
    })
  }
  context.putImageData(imageDataOf(picture), 0, 0)
  return canvas
}

/** The pixels of an image as a canvas takes them, opaque. */
export function imageDataOf({ width, height, data }: Picture): ImageData {
  const image = new ImageData(width, height)
  for (let from = 0, to = 0; from < data.length; to++) {
    image.data[to++] = data[from++]
    image.data[to++] = data[from++]
    image.data[to++] = data[from++]
    image.data[to] = 255
  }
  return image
}
