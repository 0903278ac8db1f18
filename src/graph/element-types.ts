/**
 * Between element types: everything to float32, in which networks compute, and float32 to the two halves, in
 * which weights are often kept. float16 is IEEE 754 binary16 (5 bits of exponent, 10 of fraction); bfloat16 is
 * the upper half of a float32. Both are held as raw bits.
 */
import { type Tensor, tensor } from './tensor.ts'

/** Any tensor as float32; itself if it is one already. Integers beyond 2^24 are rounded to the nearest. */
export function toFloat32(source: Tensor): Tensor<'float32'> {
  return isFloat32(source) ? source : tensor('float32', source.shape, float32Values(source))
}

/** Rounds to the nearest float16, ties to the even fraction; beyond 65519.99 becomes infinite. */
export const toFloat16 = ({ shape, data }: Tensor<'float32'>): Tensor<'float16'> =>
  tensor('float16', shape, float16FromFloat32(data))

/** Rounds to the nearest bfloat16, ties to the even fraction. */
export const toBfloat16 = ({ shape, data }: Tensor<'float32'>): Tensor<'bfloat16'> =>
  tensor('bfloat16', shape, bfloat16FromFloat32(data))

function float32Values({ dtype, data }: Tensor): Float32Array {
  if (dtype === 'float16') return float32FromFloat16(data as Uint16Array)
  if (dtype === 'bfloat16') return float32FromBfloat16(data as Uint16Array)
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number)
  return Float32Array.from(data)
}

/** Exact: every float16 is a float32. */
export function float32FromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length)
  const bits = new Uint32Array(values.buffer)
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]
    const magnitude = (half & 0x7fff) << 13
    // The fields stand in place, but the exponent is biased by 15 where a float32 expects 127. Multiplying by
    // 2^112 mends that, and turns the subnormal halves into normal numbers on the way.
    bits[i] = magnitude
    if (magnitude < 0x0f800000) values[i] *= 2 ** 112
    else bits[i] = magnitude | 0x7f800000 // infinite, or no number
    bits[i] |= (half & 0x8000) << 16
  }
  return values
}

export function float16FromFloat32(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length)
  const bits = new Uint32Array(1)
  const float = new Float32Array(bits.buffer)
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i]
    const sign = (bits[0] >>> 16) & 0x8000
    const magnitude = bits[0] & 0x7fffffff
    let half: number
    if (magnitude > 0x7f800000) {
      // The quiet bit keeps a number that is none from turning infinite when its low bits are lost.
      half = 0x7e00 | ((magnitude >>> 13) & 0x3ff)
    } else if (magnitude >= 0x47800000) {
      half = 0x7c00 // 65536 and beyond
    } else if (magnitude >= 0x38800000) {
      // Normal: the exponent's bias from 127 to 15, then half of the last kept bit added, less where it is even.
      // A carry out of the fraction raises the exponent, from the largest number to infinity too.
      half = (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13
    } else {
      // Subnormal: multiples of 2^-24. Adding 2^52 to a double leaves no bits below 1, rounded to even.
      half = Math.abs(values[i]) * 2 ** 24 + 2 ** 52 - 2 ** 52
    }
    halves[i] = sign | half
  }
  return halves
}

/** Exact: a bfloat16 is the upper half of a float32. */
export function float32FromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16
  return new Float32Array(bits.buffer)
}

export function bfloat16FromFloat32(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const halves = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const isNumber = (bits[i] & 0x7fffffff) <= 0x7f800000
    halves[i] = isNumber ? (bits[i] + 0x7fff + ((bits[i] >>> 16) & 1)) >>> 16 : (bits[i] >>> 16) | 0x40
  }
  return halves
}

const isFloat32 = (source: Tensor): source is Tensor<'float32'> => source.dtype === 'float32'
