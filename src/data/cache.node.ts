/**
 * Decoded images on disk. Decoding is by far the slowest part of reading images, so every data set is
 * decoded once per size and kept: size x size x 3 bytes for each image, under a hash of the contents of all
 * images, their order, the size and the decoder.
 */
import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import { mapConcurrently } from '../base/concurrent.ts'
import type { Work } from '../base/work.ts'
import type { Fit, Interpolation } from '../nets/architecture.ts'
import type { Preprocessing } from '../nets/network.ts'
import type { Dataset } from './dataset.ts'
import { decoderVersions, decodesAtOnce } from './decode.node.ts'
import { cachedRows, type WriteRow } from './row-cache.node.ts'
import { decodeSquare, type Images } from './squares.node.ts'
import type { PictureStore } from './store.ts'

export interface OpenOptions {
  /** how many images are decoded at once */
  threads?: number
  /** sees a stage where images are decoded, none where they come from the cache */
  work?: Work
  /** up to how many bytes are held in memory; a larger store is read from its file image by image */
  memoryLimit?: number
  /** how an image becomes a square: its centre, with the short side at `size`, unless given */
  fit?: Fit
  /** how its pixels are computed; bilinear unless given */
  interpolation?: Interpolation
}

/** The images as a network is to see them, before anything is cut out or normalised. */
export const openPrepared = (
  dataset: Images,
  { resize, fit, interpolation }: Pick<Preprocessing, 'resize' | 'fit' | 'interpolation'>,
  options: OpenOptions = {},
): Promise<PictureStore> => openPictures(dataset, resize, { ...options, fit, interpolation })

/** Names all that the stored images depend on beside their content. */
export const preparedKey = ({
  resize,
  fit = 'crop',
  interpolation = 'bilinear',
}: Pick<Preprocessing, 'resize' | 'fit' | 'interpolation'>): string => `${resize} ${fit} ${interpolation}`

/**
 * The images of a data set as size x size squares, in the order of `dataset.items`. Decodes them where the cache does not
 * have them yet.
 */
export async function openPictures(
  dataset: Images,
  size: number,
  options: OpenOptions = {},
): Promise<PictureStore> {
  const { count, row, close } = await cachedRows(
    {
      kind: 'pictures',
      name: `${keyOf(dataset, size, options)}.rgb`,
      count: dataset.items.length,
      length: size * size * 3,
      memoryLimit: options.memoryLimit,
    },
    write => decode(dataset, size, write, options),
  )
  return { size, count, picture: row, close }
}

/** A hash of what the decoded images depend on. */
export function keyOf(
  dataset: Pick<Dataset, 'items'>,
  size: number,
  { fit = 'crop', interpolation = 'bilinear' }: Pick<OpenOptions, 'fit' | 'interpolation'> = {},
): string {
  const how = `${decoderVersions} ${fit} ${interpolation}`
  const hash = createHash('sha256').update(`4 ${endianness()} ${how} ${size}\n`)
  for (const item of dataset.items) hash.update(item.hash)
  return hash.digest('hex').slice(0, 40)
}

async function decode(
  dataset: Images,
  size: number,
  write: WriteRow,
  { threads = decodesAtOnce(), work, fit, interpolation }: OpenOptions,
): Promise<void> {
  const resize = { square: size, fit, interpolation }
  const decodeOne = async (item: Dataset['items'][number], index: number) =>
    write(index, await decodeSquare(dataset, item, resize))
  await mapConcurrently(dataset.items, threads, decodeOne, { work, stage: 'decoding' })
}
