/**
 * Small forms of images, kept in memory while there is room. A few are made at a time, and none for a reader who has
 * scrolled on.
 */
import { stat } from 'node:fs/promises'
import { turns } from '../base/concurrent.ts'
import { decodeKnown, readHeader, readImageFile } from '../data/decode.node.ts'
import { defaultMaxMegapixels, unreadable, whyTooLarge } from '../data/image-errors.ts'
import { encodeJpeg, encodePng } from '../figures/files.node.ts'

interface Thumb {
  bytes: Uint8Array
  type: 'image/png' | 'image/jpeg'
}

interface Thumbs {
  /**
   * A small form by its tag, which is another one when the file has changed. The image is decoded when it is asked for.
   * @param size the longer side, in pixels; images are not enlarged
   */
  of(path: string, size: number): Promise<{ tag: string; made(signal: AbortSignal): Promise<Thumb> }>
}

const mostBytes = 96 * 2 ** 20
const atOnce = 4
/** A JPEG of so few pixels shows more of its blocks than of the image. */
const losslessUpTo = 48

export function createThumbs(): Thumbs {
  const kept = new Map<string, Thumb>()
  let bytes = 0
  const keep = (key: string, thumb: Thumb) => {
    kept.set(key, thumb)
    bytes += thumb.bytes.length
    for (const [oldest, { bytes: old }] of kept) {
      if (bytes <= mostBytes) break
      kept.delete(oldest)
      bytes -= old.length
    }
  }
  const take = turns(atOnce)
  return {
    async of(path, size) {
      const { mtimeMs, size: length, ino } = await stat(path)
      const key = `${path} ${size} ${mtimeMs} ${length} ${ino}`
      return {
        tag: `"${mtimeMs.toString(36)}-${length.toString(36)}-${size}"`,
        async made(signal) {
          const known = kept.get(key)
          if (known) {
            kept.delete(key)
            kept.set(key, known)
            return known
          }
          return take(signal, async () => {
            const thumb = await smaller(path, size)
            if (!kept.has(key)) keep(key, thumb)
            return thumb
          })
        },
      }
    },
  }
}

async function smaller(path: string, size: number): Promise<Thumb> {
  const content = await readImageFile(path)
  const header = await readHeader(content, path)
  const tooLarge = whyTooLarge(header, defaultMaxMegapixels)
  if (tooLarge) throw unreadable(path, tooLarge)
  const scale = Math.min(1, size / Math.max(header.width, header.height))
  const [width, height] = [header.width, header.height].map(side => Math.max(1, Math.round(side * scale)))
  const picture = await decodeKnown(content, path, header, scale < 1 ? { width, height } : undefined)
  return Math.max(width, height) <= losslessUpTo
    ? { bytes: await encodePng(picture), type: 'image/png' }
    : { bytes: await encodeJpeg(picture, 86), type: 'image/jpeg' }
}
