/**
 * Near-duplicates: images that show the same thing, though their files differ: another size, another compression, a
 * slightly different crop. Each image becomes a small grey one, without its mean and of length 1, so that the product
 * of two is the correlation of their brightness.
 */
import { createWork, type Work } from '../base/work.ts'
import type { PictureStore } from '../data/store.ts'
import type { Engine } from '../runtime/engine.ts'
import { rankRows } from './ranking.ts'

/** Side of the small images. */
const side = 16

/**
 * Two images whose brightness correlates at least this closely are near-duplicates. Copies of photographs as JPEG of
 * quality 50 or at half the size correlate above 0.998, brightened ones above 0.986; crops by 3 % only above 0.91, and
 * half of them are missed. Of 855 photographs of seedlings against 3,420 others, 13 lie above 0.985 (the same plant, cut
 * out slightly differently), and the next at 0.947.
 */
export const nearlyAlike = 0.98

/** Images of less contrast, in grey levels from 0 to 255, are all alike; nothing is said of them. */
const leastContrast = 2

export interface NearDuplicate {
  /** among `images` */
  index: number
  /** the nearest among `others` */
  other: number
  /** correlation of their brightness, from -1 to 1 */
  correlation: number
}

/**
 * The images of a store that have a near-duplicate among others of it, with the nearest one. An image is not its own.
 *
 * @param images positions in the store
 * @param others positions in the store
 * @param atLeast the correlation from which on two images are near-duplicates
 */
export async function nearDuplicates(
  engine: Engine,
  store: PictureStore,
  images: ArrayLike<number>,
  others: ArrayLike<number>,
  work: Work = createWork(),
  atLeast = nearlyAlike,
): Promise<NearDuplicate[]> {
  if (images.length === 0 || others.length === 0) return []
  const dim = side * side
  const [queries, gallery] = [images, others].map(some => thumbnailsOf(store, some))
  const found: NearDuplicate[] = []
  // Two of each, since the nearest may be the image itself.
  const depth = Math.min(2, others.length)
  await rankRows(engine, { queries, gallery, dim, depth, work }, (index, nearest) => {
    const row = nearest.find(other => others[other] !== images[index])
    if (row === undefined) return
    const correlation = product(queries, index, gallery, row, dim)
    if (correlation >= atLeast) found.push({ index: images[index], other: others[row], correlation })
  })
  return found
}

/** count x 256: grey, the mean taken away, of length 1; zero where there is too little contrast. */
function thumbnailsOf(store: PictureStore, places: ArrayLike<number>): Float32Array {
  const dim = side * side
  const result = new Float32Array(places.length * dim)
  for (let row = 0; row < places.length; row++)
    writeThumbnail(store.picture(places[row]), store.size, result.subarray(row * dim, (row + 1) * dim))
  return result
}

function writeThumbnail(picture: Uint8Array, size: number, target: Float32Array): void {
  const counts = new Uint32Array(target.length)
  for (let y = 0; y < size; y++) {
    const row = Math.floor((y * side) / size) * side
    for (let x = 0; x < size; x++) {
      const cell = row + Math.floor((x * side) / size)
      const at = 3 * (y * size + x)
      target[cell] += 0.299 * picture[at] + 0.587 * picture[at + 1] + 0.114 * picture[at + 2]
      counts[cell]++
    }
  }
  let mean = 0
  for (let cell = 0; cell < target.length; cell++) {
    target[cell] /= Math.max(counts[cell], 1)
    mean += target[cell] / target.length
  }
  let square = 0
  for (let cell = 0; cell < target.length; cell++) square += (target[cell] - mean) ** 2
  const isFlat = square < leastContrast ** 2 * target.length
  const scale = isFlat ? 0 : 1 / Math.sqrt(square)
  for (let cell = 0; cell < target.length; cell++) target[cell] = (target[cell] - mean) * scale
}

function product(a: Float32Array, row: number, b: Float32Array, other: number, dim: number): number {
  let sum = 0
  for (let k = 0; k < dim; k++) sum += a[row * dim + k] * b[other * dim + k]
  return sum
}
