/**
 * What is taken out of an image file, or refused, before a decoder sees it: parts that are not needed for the pixels
 * and unpack to many times their size, and constructions that cost far more work than their pixels are worth.
 */
import { inflateSync } from 'node:zlib'
import { kindOfFile, type ReadKind } from './image-kinds.ts'

/** The bytes to decode: those of the file, or of a copy without its dangerous parts. */
export const withoutBombs = (bytes: Uint8Array): Uint8Array =>
  kindOfFile(bytes) === 'png' ? withoutAncillaryChunks(bytes) : bytes

/**
 * Why decoding an image of this many megapixels would take too long; undefined where it would not.
 *
 * Each scan of a progressive JPEG goes over the whole image. Usual files have about ten; a hostile one of a megabyte
 * can have a hundred thousand.
 */
export function whyTooSlow(bytes: Uint8Array, kind: ReadKind, megapixels: number): string | undefined {
  if (kind !== 'jpeg') return undefined
  const scans = countScans(bytes)
  if (scans <= 16 || scans * megapixels <= mostScannedMegapixels) return undefined
  return `${scans} scans of ${megapixels.toFixed(1)} megapixels would take too long to decode`
}

const mostScannedMegapixels = 800

/** Chunks that decide what the pixels look like, and the small ones that many programs write. */
const neededChunks = new Set(
  'IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB cICP sBIT iCCP eXIf pHYs tIME bKGD'.split(' '),
)

/** Real colour profiles have some thousand bytes, very detailed ones for printing about two million. */
const largestProfile = 2 ** 22

/** Compressed texts of a few kilobytes can unpack to megabytes each, and a file can hold thousands of them. */
function withoutAncillaryChunks(png: Uint8Array): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  const kept: Uint8Array[] = [png.subarray(0, 8)]
  let dropped = false
  let profiles = 0
  for (let at = 8; at < png.length; ) {
    const length = at + 8 <= png.length ? view.getUint32(at) : 0
    const end = at + 12 + length
    // What is cut short is passed on, so that the decoder can say what is wrong.
    if (end > png.length) {
      kept.push(png.subarray(at))
      break
    }
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8))
    const body = png.subarray(at + 8, at + 8 + length)
    const isNeeded = neededChunks.has(type) && (type !== 'iCCP' || (profiles++ === 0 && isSmallProfile(body)))
    if (isNeeded) kept.push(png.subarray(at, end))
    else dropped = true
    at = end
    if (type === 'IEND') {
      dropped ||= at < png.length
      break
    }
  }
  return dropped ? Buffer.concat(kept) : png
}

/** A name, a zero, the method of compression, and the profile. */
function isSmallProfile(body: Uint8Array): boolean {
  const name = body.indexOf(0)
  if (name < 0) return false
  try {
    inflateSync(body.subarray(name + 2), { maxOutputLength: largestProfile })
    return true
  } catch {
    return false
  }
}

/** How often the markers of a JPEG begin a scan. Entropy-coded data escapes its marker bytes, so none hides in it. */
function countScans(jpeg: Uint8Array): number {
  let scans = 0
  for (let at = jpeg.indexOf(0xff, 2); at >= 0 && at + 1 < jpeg.length; ) {
    const marker = jpeg[at + 1]
    if (marker === 0xda) scans++
    // Segments with a length are stepped over, since what is in them may look like anything.
    const hasLength = marker >= 0xc0 && marker !== 0xff && !(marker >= 0xd0 && marker <= 0xd9)
    const length = hasLength && at + 3 < jpeg.length ? (jpeg[at + 2] << 8) | jpeg[at + 3] : 0
    at = jpeg.indexOf(0xff, at + (marker === 0xff ? 1 : 2 + Math.max(0, length)))
  }
  return scans
}
