/** What drawing needs from the place where it happens: a document for plots, and images as text. */
import type { Picture } from '../base/picture.ts'

/** What a plot asks of a document. A browser's has it, and so has one that stands in for it on a server. */
export interface PlotDocument {
  createElement(name: string): object
  createElementNS(namespace: string, name: string): object
}

export interface Canvas {
  document: PlotDocument
  /** a data URI; with a quality, 1 to 100, as small as that allows: for thumbnails by the thousand */
  embed(picture: Picture, quality?: number): Promise<string>
}

/** The type that an image is embedded as: small ones as PNG, photographs as JPEG; with a quality as WebP. */
export function embeddedType(
  { width, height }: Picture,
  quality?: number,
): 'image/png' | 'image/jpeg' | 'image/webp' {
  if (quality !== undefined) return 'image/webp'
  return width * height <= 48 * 48 ? 'image/png' : 'image/jpeg'
}
