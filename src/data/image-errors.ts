/** What can be wrong with an image file, wherever it is decoded. */
import { GlasshouseError } from '../base/errors.ts'
import { kindOfFile, type ReadKind, readKinds } from './image-kinds.ts'

/** Above this, in millions of pixels, an image is refused unless the caller allows more. */
export const defaultMaxMegapixels = 50

/** The kind of an image by its first bytes. Nothing but the kinds that are read ever reaches a decoder. */
export function requireImage(bytes: Uint8Array, where: string): ReadKind {
  if (bytes.length === 0) throw notAnImage(where, 'the file is empty')
  const kind = kindOfFile(bytes)
  if (kind === undefined) throw notAnImage(where, 'no kind of image that is known')
  if (typeof kind !== 'string') throw notAnImage(where, `a file of the kind ${kind.name}, which is not read`)
  return kind
}

/** Why an image of this size is refused, or undefined where it is not. */
export function whyTooLarge(
  size: { width: number; height: number },
  maxMegapixels: number,
): string | undefined {
  const megapixels = (size.width * size.height) / 1e6
  if (megapixels <= maxMegapixels) return undefined
  return `${size.width} x ${size.height} are ${megapixels.toFixed(1)} megapixels, more than the ${maxMegapixels} allowed`
}

export function damaged(where: string, error: Error): GlasshouseError {
  const reason = error.message.split('\n').at(-1)?.trim() ?? ''
  const what = unsupported.test(reason) ? 'of a kind that is not read' : 'truncated or damaged'
  return unreadable(where, `${what}: ${reason}`, error)
}

/** How decoders say that a file may be right, only they cannot read it. */
const unsupported =
  /unsupport|not (?:yet )?(?:support|implement|configured)|bad labq|unknown (?:compression|format)/i

export const unreadable = (where: string, reason: string, cause?: unknown): GlasshouseError =>
  new GlasshouseError({
    code: 'image-unreadable',
    what: 'cannot read this image',
    where,
    got: reason,
    hint: 'Mend or remove the file',
    cause,
  })

const notAnImage = (where: string, reason: string, cause?: unknown) =>
  new GlasshouseError({
    code: 'not-an-image',
    what: 'this is not an image',
    where,
    expected: readKinds,
    got: reason,
    cause,
  })
