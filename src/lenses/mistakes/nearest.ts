/** The training images nearest to some images, by the cosine of their pooled features. */
import { rankRows } from '../../embedding/ranking.ts'
import type { LensContext } from '../lens.ts'
import { featuresOf, type Reading } from './answers.ts'

export interface Near {
  /** position of the training image in the store */
  index: number
  cosine: number
}

/**
 * For each of the images at most `count` of the training images, nearest first; an image is not near itself.
 *
 * @param images positions in the store
 * @param training positions in the store
 */
export async function nearestImages(
  context: LensContext,
  reading: Reading,
  images: Int32Array,
  training: Int32Array,
  count: number,
): Promise<Near[][]> {
  const found: Near[][] = Array.from(images, () => [])
  if (count === 0 || images.length === 0 || training.length === 0) return found
  const gallery = await featuresOf(context, reading, training, 'training images')
  const queries = await featuresOf(context, reading, images, 'mistakes')
  const dim = gallery.length / training.length
  // One more, since an image may be a training image itself.
  const depth = Math.min(training.length, count + 1)
  await rankRows(context.engine, { queries, gallery, dim, depth, work: context }, (row, nearest) => {
    const query = queries.subarray(row * dim, (row + 1) * dim)
    found[row] = Array.from(nearest)
      .filter(place => training[place] !== images[row])
      .slice(0, count)
      .map(place => ({
        index: training[place],
        cosine: cosineOf(query, gallery.subarray(place * dim, (place + 1) * dim)),
      }))
  })
  return found
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [product, squareA, squareB] = [0, 0, 0]
  for (let k = 0; k < a.length; k++) {
    product += a[k] * b[k]
    squareA += a[k] * a[k]
    squareB += b[k] * b[k]
  }
  return squareA > 0 && squareB > 0 ? product / Math.sqrt(squareA * squareB) : 0
}
