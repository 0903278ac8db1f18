/** Vectors on disk: Arrow tables that this project and others write, and bare NumPy matrices with their labels. */
import { GlasshouseError } from '../base/errors.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import { toFloat32 } from '../graph/element-types.ts'
import { readBytes } from '../weights/file.node.ts'
import { decodeNpy, looksLikeNpy } from '../weights/npy.ts'
import { readLabels } from './labels.node.ts'
import { isShardFolder, joinShards } from './vector-shards.node.ts'
import { decodeVectors, encodeVectors, looksLikeArrow, type Vectors } from './vectors.ts'

export const writeVectors = (path: string, vectors: Vectors): Promise<void> =>
  writeFileAtomic(path, encodeVectors(vectors))

export interface ReadVectorsOptions {
  /** a file with one label per vector, in their order: .npy, or text with one per line. Overrides the file's own */
  labels?: string
}

/**
 * Reads an .arrow file, an .npy matrix of n x dim float16, float32 or float64 (the content decides which), or a folder
 * of shards.
 */
export async function readVectors(path: string, { labels }: ReadVectorsOptions = {}): Promise<Vectors> {
  const vectors = isShardFolder(path) ? await joinShards(path) : await fromFile(path)
  if (labels === undefined) return vectors
  return { ...vectors, labels: await labelsFor(path, labels, vectors.ids.length) }
}

/** A label for each of `count` vectors. @param file where the labels are */
export async function labelsFor(path: string, file: string, count: number): Promise<string[]> {
  const labels = await readLabels(file, count)
  if (labels.length === count) return labels
  throw new GlasshouseError({
    code: 'labels-count',
    what: 'there are not as many labels as vectors',
    where: file,
    expected: `${count} labels, one for each vector of ${path}`,
    got: `${labels.length}`,
  })
}

async function fromFile(path: string): Promise<Vectors> {
  const bytes = await readBytes(path)
  return looksLikeNpy(bytes) ? matrixFrom(bytes, path) : tableFrom(bytes, path)
}

function tableFrom(bytes: Uint8Array, path: string): Vectors {
  if (looksLikeArrow(bytes)) return decodeVectors(bytes, path)
  throw unfit(path, 'these are not vectors', 'an .arrow or .npy file')
}

function matrixFrom(bytes: Uint8Array, path: string): Vectors {
  const matrix = decodeNpy(bytes, path)
  const [count, dim] = matrix.shape
  if (matrix.shape.length !== 2 || dim === 0 || !matrix.dtype.startsWith('float')) {
    throw unfit(
      path,
      'the array is not a matrix of vectors',
      'n x dim of float16, float32 or float64',
      `[${matrix.shape.join(', ')}] of ${matrix.dtype}`,
    )
  }
  return { ids: Int32Array.from({ length: count }, (_, i) => i), dim, data: toFloat32(matrix).data }
}

const unfit = (where: string, what: string, expected: string, got?: string): GlasshouseError =>
  new GlasshouseError({ code: 'vectors-unreadable', what, where, expected, got })
