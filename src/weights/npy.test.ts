import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GlasshouseError } from '../base/errors.ts'
import { arrayTypes, type DType, float32, tensor } from '../graph/tensor.ts'
import { bytesOf } from './elements.ts'
import { decodeNpy, encodeNpy } from './npy.ts'

const whole = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** A file with the header as it is written here. */
function fileWith(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header)
  const start = version === 1 ? 10 : 12
  const bytes = new Uint8Array(start + text.length + data.length)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0])
  const view = new DataView(bytes.buffer)
  if (version === 1) view.setUint16(8, text.length, true)
  else view.setUint32(8, text.length, true)
  bytes.set(text, start)
  bytes.set(data, start + text.length)
  return bytes
}

const headerOf = (descr: string, shape: string, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`

describe('npy', () => {
  it('gives back any array', () => {
    const dtypes = (Object.keys(arrayTypes) as DType[]).filter(dtype => dtype !== 'bfloat16')
    fc.assert(
      fc.property(
        fc.constantFrom(...dtypes),
        fc.array(fc.nat(3), { maxLength: 4 }),
        fc.nat(255),
        (dtype, shape, seed) => {
          const count = shape.reduce((a, b) => a * b, 1)
          const bytes = Uint8Array.from(
            { length: count * arrayTypes[dtype].BYTES_PER_ELEMENT },
            (_, i) => i * seed,
          )
          const array = tensor(dtype, shape, new arrayTypes[dtype](bytes.buffer))
          const file = whole(encodeNpy(array))
          const read = decodeNpy(file, 'a.npy')
          expect([read.dtype, read.shape]).toEqual([dtype, shape])
          expect(bytesOf(read.data)).toEqual(bytes)
          expect(read.data.buffer).toBe(file.buffer)
        },
      ),
    )
  })

  it('writes the header that NumPy writes, byte for byte', () => {
    // np.save of np.arange(3, dtype='<f4'), NumPy 1.24
    const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"
    const [head] = encodeNpy(float32([3], [0, 1, 2]))
    expect(Buffer.from(head).toString('latin1')).toBe(`\x93NUMPY\x01\x00v\x00${text.padEnd(117)}\n`)
  })

  it.each([1, 2, 3])('reads version %i', version => {
    const file = fileWith(headerOf('<i2', '(2, 1)'), Uint8Array.of(1, 0, 2, 0), version)
    expect(decodeNpy(file, 'a.npy')).toEqual(tensor('int16', [2, 1], Int16Array.of(1, 2)))
  })

  it('puts an array that was kept column by column in rows', () => {
    const kept = Float32Array.of(1, 4, 2, 5, 3, 6)
    const file = fileWith(headerOf('<f4', '(2, 3)', 'True'), bytesOf(kept))
    expect(decodeNpy(file, 'a.npy')).toEqual(float32([2, 3], [1, 2, 3, 4, 5, 6]))
    // np.arange(24).reshape(2, 3, 4) as Fortran order
    const columns = Uint8Array.from(
      { length: 24 },
      (_, i) => (i % 2) * 12 + (Math.floor(i / 2) % 3) * 4 + Math.floor(i / 6),
    )
    const cube = decodeNpy(fileWith(headerOf('|u1', '(2, 3, 4)', 'True'), columns), 'a.npy')
    expect([...(cube.data as Uint8Array)]).toEqual(Array.from({ length: 24 }, (_, i) => i))
    const empty = decodeNpy(fileWith(headerOf('|u1', '(2, 0)', 'True'), new Uint8Array(0)), 'a.npy')
    expect(empty.shape).toEqual([2, 0])
  })

  it('reads shapes as Python 2 wrote them', () => {
    const file = fileWith(headerOf('|u1', '(2L, 1L)'), Uint8Array.of(1, 2))
    expect(decodeNpy(file, 'a.npy').shape).toEqual([2, 1])
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['a file of another kind', new Uint8Array(100), /no \.npy file/],
    ['a version of the future', fileWith('', new Uint8Array(0), 4), /version 4/],
    ['a header that is not a dictionary', fileWith('[1, 2]', new Uint8Array(0)), /no valid 'descr'/],
    ['a shape that is not a tuple', fileWith(headerOf('<f4', '3'), new Uint8Array(12)), /no valid 'shape'/],
    ['a negative size', fileWith(headerOf('<f4', '(-3,)'), new Uint8Array(12)), /no valid 'shape'/],
    [
      'an order that is neither',
      fileWith(headerOf('<f4', '(3,)', '1'), new Uint8Array(12)),
      /'fortran_order'/,
    ],
    ['Python objects', fileWith(headerOf('|O', '(3,)'), new Uint8Array(12)), /Python objects is not read/],
    [
      'big-endian numbers',
      fileWith(headerOf('>f4', '(3,)'), new Uint8Array(12)),
      /big-endian array is not read/,
    ],
    [
      'named fields',
      fileWith("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (3,)}", new Uint8Array(12)),
      /named fields/,
    ],
    ['text', fileWith(headerOf('<U5', '(3,)'), new Uint8Array(60)), /an array of text is not read here/],
    [
      'more data than the shape says',
      fileWith(headerOf('<f4', '(3,)'), new Uint8Array(13)),
      /longer than the shape/,
    ],
    [
      'less data than the shape says',
      fileWith(headerOf('<f4', '(3,)'), new Uint8Array(11)),
      /cut short: it lacks a part of the array \(expected 12 bytes, got 11\)/,
    ],
    [
      'a shape beyond all memory',
      fileWith(headerOf('<f4', '(9999999999, 9999999999)'), new Uint8Array(11)),
      /cut short/,
    ],
    [
      'a file that ends in its header',
      fileWith(headerOf('<f4', '(3,)'), new Uint8Array(0)).subarray(0, 40),
      /a part of its header/,
    ],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeNpy(file, 'a.npy')).toThrow(GlasshouseError)
    expect(() => decodeNpy(file, 'a.npy')).toThrow(message)
  })

  const folder = '../shared/data/embeddings/car196_npair_2map'
  it.skipIf(!existsSync(folder))(`reads real vectors (skipped where ${folder} is absent)`, () => {
    const read = (name: string) => decodeNpy(readFileSync(`${folder}/${name}`), name)
    expect(read('epoch+19_val_f16.npy')).toMatchObject({ dtype: 'float16', shape: [8131, 64] })
    expect(read('val_labels.npy').shape).toEqual([8131])
  })
})
