/** Typed arrays as text, for answers in JSON. */
import type { Packed } from './api.ts'

export const pack = (numbers: Float32Array | Int32Array): Packed => ({
  type: numbers instanceof Float32Array ? 'float32' : 'int32',
  length: numbers.length,
  base64: Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64'),
})
