import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bfloat16FromFloat32,
  float16FromFloat32,
  float32FromBfloat16,
  float32FromFloat16,
  toBfloat16,
  toFloat16,
  toFloat32,
} from './element-types.ts'
import { float32, int64, tensor } from './tensor.ts'

const sha256 = (data: Float32Array | Uint16Array): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')

const everyHalf = Uint16Array.from({ length: 65536 }, (_, bits) => bits)

/** By the definition in IEEE 754: sign, exponent biased by 15, ten bits of fraction. */
function float16ByDefinition(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : (fraction / 1024) * 2 ** -14)
}

describe('float16', () => {
  const values = float32FromFloat16(everyHalf)

  it('has the value of its definition, for all 65,536 of them', () => {
    expect(Array.from(values)).toEqual(Array.from(everyHalf, float16ByDefinition))
  })

  it('returns from float32 unchanged, for all that are numbers', () => {
    const back = float16FromFloat32(values)
    const changed = everyHalf.filter(bits => back[bits] !== bits && !Number.isNaN(values[bits]))
    expect(changed).toHaveLength(0)
  })

  it('that is not a number stays none, in both directions', () => {
    const back = float32FromFloat16(float16FromFloat32(values))
    expect(back.filter(Number.isNaN)).toHaveLength(2046)
  })

  it('is the nearest to any float32, and the even one of two that are equally near', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, max: 65519, min: -65519 }), value => {
        const [bits] = float16FromFloat32(Float32Array.of(value))
        const distance = (half: number) => Math.abs(float16ByDefinition(half) - value)
        for (const other of [bits - 1, bits + 1]) {
          if ((bits & 0x7fff) === 0 && other < bits) continue // below zero of either sign lies nothing
          expect(distance(other)).toBeGreaterThanOrEqual(distance(bits))
          if (distance(other) === distance(bits)) expect(bits % 2).toBe(0)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('bfloat16', () => {
  it('returns from float32 unchanged, for all that are numbers', () => {
    const values = float32FromBfloat16(everyHalf)
    const back = bfloat16FromFloat32(values)
    expect(everyHalf.filter(bits => back[bits] !== bits && !Number.isNaN(values[bits]))).toHaveLength(0)
    expect(float32FromBfloat16(back).filter(Number.isNaN)).toHaveLength(values.filter(Number.isNaN).length)
  })

  it('reads a float32 that is a view into a larger buffer', () => {
    expect([...bfloat16FromFloat32(Float32Array.of(9, 1, 2).subarray(1))]).toEqual([0x3f80, 0x4000])
  })
})

// Recorded from NumPy 1.24 (astype('float16')) and PyTorch 1.13 (tensor.bfloat16()).
describe('rounding as NumPy and PyTorch do it', () => {
  it('at subnormal, tied, largest and overflowing values', () => {
    const values = Float32Array.of(
      ...[1e-8, 2 ** -25, 2.9802326e-8, 2 ** -24, 1.5 * 2 ** -24, 6.0975552e-5, 2 ** -14, 1 / 3, 0.1],
      ...[1.00048828125, 1.00146484375, 2049, 2051, 65504, 65519.996, 65520, -1e9, Math.PI],
    )
    expect([...float16FromFloat32(values)]).toEqual([
      ...[
        0, 0, 1, 1, 2, 1023, 1024, 13653, 11878, 15360, 15362, 26624, 26626, 31743, 31743, 31744, 64512,
        16968,
      ],
    ])
    expect([...bfloat16FromFloat32(values)]).toEqual([
      ...[12844, 13056, 13056, 13184, 13248, 14464, 14464, 16043, 15821, 16256, 16256, 17664, 17664, 18304],
      ...[18304, 18304, 52846, 16457],
    ])
  })

  it('at 21,765 float32 spread over all bit patterns, and back from all halves', () => {
    const patterns = Uint32Array.from({ length: Math.ceil(2 ** 32 / (65521 * 3)) }, (_, i) => i * 65521 * 3)
    const values = new Float32Array(patterns.buffer).filter(value => !Number.isNaN(value))
    expect(values).toHaveLength(21765)
    expect(sha256(float16FromFloat32(values))).toBe(
      '1771feeb75b418b6d9a76bf5a78ca9d237f4f558f4cc165c53807d6ccddb3893',
    )
    expect(sha256(bfloat16FromFloat32(values))).toBe(
      'dd3f90172933b1bfe2cc65635f3e61b295582cda32fc364149b8ad74f86b6fed',
    )
    expect(sha256(float32FromFloat16(everyHalf).filter(value => !Number.isNaN(value)))).toBe(
      '680bbc22915f61aa1bbfc7265bc3882a6aa42d299bfd2c571807196e5544de2e',
    )
  })
})

describe('tensors', () => {
  it('of every type become float32 with the same shape', () => {
    expect(toFloat32(tensor('float64', [2, 1], Float64Array.of(0.1, -2)))).toEqual(float32([2, 1], [0.1, -2]))
    expect(toFloat32(int64([2], [3, -4]))).toEqual(float32([2], [3, -4]))
    expect(toFloat32(tensor('uint64', [1], BigUint64Array.of(2n ** 64n - 1n)))).toEqual(
      float32([1], [2 ** 64]),
    )
    expect(toFloat32(tensor('int8', [1], Int8Array.of(-128)))).toEqual(float32([1], [-128]))
    expect(toFloat32(tensor('bool', [2], Uint8Array.of(0, 1)))).toEqual(float32([2], [0, 1]))
    expect(toFloat32(tensor('float16', [1], Uint16Array.of(0x3e00)))).toEqual(float32([1], [1.5]))
    expect(toFloat32(tensor('bfloat16', [1], Uint16Array.of(0x3fc0)))).toEqual(float32([1], [1.5]))
  })

  it('of float32 stay the same object', () => {
    const weights = float32([1], [1])
    expect(toFloat32(weights)).toBe(weights)
  })

  it('of float32 become halves with the same shape', () => {
    const weights = float32([2, 1], [1, -2])
    expect(toFloat16(weights)).toEqual(tensor('float16', [2, 1], Uint16Array.of(0x3c00, 0xc000)))
    expect(toBfloat16(weights)).toEqual(tensor('bfloat16', [2, 1], Uint16Array.of(0x3f80, 0xc000)))
  })
})
