/** What a lens that was taken from the studio holds, beside its programs: written by lens-file.ts, read by exported/lens.tsx. */
import type { Again } from './state.ts'

export interface LensFile {
  title: string
  line: string
  /** milliseconds since 1970 */
  made: number
  /** of the view in the studio: its settings */
  address: string
  model: {
    /** of the file; a large one lies beside the page */
    name: string
    bytes: number
    mark: number
    isHeld: boolean
  }
  images: readonly { name: string; label: string; type: string; base64: string }[]
  ofImages: number
  /** names of images, the one that was clicked last first */
  chosen: readonly string[]
  /** done when the page is opened */
  again: Again
}

/** Elements of the page, by their ids. */
export const parts = { lens: 'lens', engine: 'engine', worker: 'worker', model: 'model' } as const

/** Tells files apart that have one name and one length: FNV-1a of their bytes. */
export function markOf(bytes: Uint8Array): number {
  let mark = 0x811c9dc5
  for (const byte of bytes) mark = Math.imul(mark ^ byte, 0x01000193)
  return mark >>> 0
}
