/**
 * Tensor data as bytes and back, little endian, as weight files store it. No copy where alignment allows.
 */
import { arrayTypes, type DType, type TensorData } from '../graph/tensor.ts'

export const elementSize = (dtype: DType): number => arrayTypes[dtype].BYTES_PER_ELEMENT

/** The bytes as elements: a view of the same memory, or a copy where the bytes do not lie on their boundary. */
export function elementsOf(dtype: DType, bytes: Uint8Array): TensorData {
  const size = elementSize(dtype)
  const { buffer, byteOffset } = byteOffsetFits(bytes, size) ? bytes : bytes.slice()
  return new arrayTypes[dtype](buffer, byteOffset, bytes.byteLength / size)
}

/** The elements as bytes: a view of the same memory. */
export const bytesOf = (data: TensorData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

const byteOffsetFits = (bytes: Uint8Array, size: number): boolean => bytes.byteOffset % size === 0
