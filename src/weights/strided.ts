/** Gathers tensors out of the storages that they look into, by offset and strides. */
import { arrayTypes, type DType, sizeOf, type Tensor, type TensorData, tensor } from '../graph/tensor.ts'
import { damaged, quoted, unsupported } from './damage.ts'
import { elementSize, elementsOf } from './elements.ts'
import type { StorageReference, TensorReference } from './python-values.ts'

/**
 * Dense tensors become views of their storage; the others are copied, all together up to a limit that grows with
 * the file, because an expanded tensor may be much larger than its storage. Views are limited too: a hundred thousand
 * names of one storage cost nothing here, and very much where they are converted or written.
 */
export function tensorGatherer(
  content: (storage: StorageReference) => Uint8Array,
  fileSize: number,
  where: string,
): (name: string, reference: TensorReference) => Tensor {
  let left = 64 * 2 ** 20 + 4 * fileSize
  let leftToView = 64 * 2 ** 20 + 16 * fileSize
  const tooLarge = (at: string) => unsupported(at, 'refuses tensors that are many times larger than the file')
  return (name, { storage, dtype, offset, shape, strides }) => {
    const at = `${where}, tensor ${quoted(name)}`
    const bytes = content(storage)
    const expected = storage.elements * elementSize(storage.dtype ?? 'uint8')
    if (storage.offset === 0 && bytes.byteLength !== expected) {
      throw damaged(
        at,
        'its storage has another size than it should',
        `${bytes.byteLength}`,
        `${expected} bytes`,
      )
    }
    const size = elementSize(dtype)
    const count = sizeOf(shape)
    const first = storage.offset + offset
    const last = shape.reduce((place, extent, axis) => place + (extent - 1) * strides[axis], first)
    if (count > 0 && (last + 1) * size > bytes.byteLength) throw damaged(at, 'it reaches beyond its storage')
    if (count === 0) return tensor(dtype, shape, new arrayTypes[dtype](0))
    leftToView -= count * size
    if (leftToView < 0) throw tooLarge(at)
    if (isDense(shape, strides)) {
      return tensor(dtype, shape, elementsOf(dtype, bytes.subarray(first * size, (first + count) * size)))
    }
    left -= count * size
    if (left < 0) throw tooLarge(at)
    const source = elementsOf(dtype, bytes.subarray(first * size, (last + 1) * size))
    return tensor(dtype, shape, gather(dtype, source, shape, strides))
  }
}

const isDense = (shape: readonly number[], strides: readonly number[]): boolean =>
  shape.every((extent, axis) => extent === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)))

/** The elements in row-major order: walks their places like an odometer, the last axis fastest. */
export function gather(
  dtype: DType,
  source: TensorData,
  shape: readonly number[],
  strides: readonly number[],
): TensorData {
  const gathered = new arrayTypes[dtype](sizeOf(shape))
  const index = shape.map(() => 0)
  let place = 0
  for (let i = 0; i < gathered.length; i++) {
    gathered[i] = source[place]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis]
      if (++index[axis] < shape[axis]) break
      place -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return gathered
}
