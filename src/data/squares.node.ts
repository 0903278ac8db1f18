/**
 * Images decoded to the squares that a network begins with: one, or all of a data set one after another. What is looked
 * at once, such as the millions of images that are embedded in shards, comes from here and leaves nothing on the disk;
 * what is looked at again comes from the cache.
 */
import { sha256Of } from '../base/digest.node.ts'
import { GlasshouseError } from '../base/errors.ts'
import type { Preprocessing } from '../nets/network.ts'
import { fileOf } from './dataset.node.ts'
import type { Dataset } from './dataset.ts'
import { decodeKnown, decodesAtOnce, type Resize, readImageFile } from './decode.node.ts'

/** What is needed of a data set to read its images. */
export type Images = Pick<Dataset, 'root' | 'items'>

/**
 * @returns RGB, row by row
 * @throws GlasshouseError 'image-changed' where the file is not the one that was surveyed
 */
export async function decodeSquare(
  { root }: Images,
  item: Dataset['items'][number],
  resize: Resize & { square: number },
): Promise<Uint8Array> {
  const path = fileOf({ root }, item)
  const content = await readImageFile(path)
  if (sha256Of(content) !== item.hash) throw changed(path)
  return (await decodeKnown(content, path, item, resize)).data
}

/**
 * A reader of images as a network is to see them, before anything is cut out or normalised. They are asked for in the
 * order of `images.items`, each once; `ahead` of them, beyond the one that is asked for, are decoded meanwhile and held.
 */
export function squaresInTurn(
  images: Images,
  { resize: square, fit, interpolation }: Pick<Preprocessing, 'resize' | 'fit' | 'interpolation'>,
  ahead = decodesAtOnce(),
): (index: number) => Promise<Uint8Array> {
  const { items } = images
  const begun = new Map<number, Promise<Uint8Array>>()
  let next = 0
  return index => {
    for (; next < Math.min(items.length, index + 1 + ahead); next++) {
      const decoding = decodeSquare(images, items[next], { square, fit, interpolation })
      // Whoever asks for the image hears of it; until then it is no unhandled rejection.
      decoding.catch(() => {})
      begun.set(next, decoding)
    }
    const asked = begun.get(index)
    if (!asked) throw new RangeError(`image ${index} was asked for out of turn`)
    begun.delete(index)
    return asked
  }
}

const changed = (path: string) =>
  new GlasshouseError({
    code: 'image-changed',
    what: 'the image changed while the data was being read',
    where: path,
    hint: 'Run the same command again when nothing writes to the data any more',
  })
