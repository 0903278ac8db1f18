import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GlasshouseError } from '../base/errors.ts'
import { arrayTypes, type DType, float32, type Tensor, tensor } from '../graph/tensor.ts'
import { bytesOf } from './elements.ts'
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts'

const whole = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts))

/** A file with the header as it is written here, and `length` bytes of data. */
function fileWith(header: unknown, length: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

const decodeHeader =
  (header: unknown, length = 0) =>
  () =>
    decodeSafetensors(fileWith(header, length), 'a.st')

const anyTensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(arrayTypes) as DType[])),
    shape: fc.array(fc.nat(3), { maxLength: 4 }),
    seed: fc.nat(255),
  })
  .map(({ dtype, shape, seed }) => {
    const count = shape.reduce((a, b) => a * b, 1)
    const bytes = Uint8Array.from({ length: count * arrayTypes[dtype].BYTES_PER_ELEMENT }, (_, i) => i * seed)
    return tensor(dtype, shape, new arrayTypes[dtype](bytes.buffer))
  })
const anyTensors = fc
  .array(
    fc.tuple(
      fc.string().filter(name => name !== '__metadata__'),
      anyTensor,
    ),
    { maxLength: 8 },
  )
  .map(entries => new Map(entries))
const anyMetadata = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 })

const plain = (tensors: ReadonlyMap<string, Tensor>) =>
  [...tensors]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { dtype, shape, data }]) => [name, dtype, shape, Buffer.from(bytesOf(data)).toString('hex')])

describe('safetensors', () => {
  it('gives back every tensor and all metadata', () => {
    fc.assert(
      fc.property(anyTensors, anyMetadata, (tensors, metadata) => {
        const read = decodeSafetensors(whole(encodeSafetensors(tensors, metadata)), 'a.st')
        expect(plain(read.tensors)).toEqual(plain(tensors))
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort())
      }),
    )
  })

  it('writes the same bytes whatever the order of tensors and metadata', () => {
    fc.assert(
      fc.property(anyTensors, anyMetadata, (tensors, metadata) => {
        const turned = encodeSafetensors(
          new Map([...tensors].reverse()),
          Object.fromEntries(Object.entries(metadata).reverse()),
        )
        expect(whole(turned)).toEqual(whole(encodeSafetensors(tensors, metadata)))
      }),
    )
  })

  it('reads its own files without a copy, and any file at an odd place in memory with one', () => {
    const file = whole(
      encodeSafetensors(
        new Map<string, Tensor>([
          ['a', tensor('uint8', [3], Uint8Array.of(1, 2, 3))],
          ['b', float32([2], [4, 5])],
          ['c', tensor('float64', [1], Float64Array.of(6))],
        ]),
      ),
    )
    for (const { data } of decodeSafetensors(file, 'a.st').tensors.values()) {
      expect(data.buffer).toBe(file.buffer)
    }
    const shifted = new Uint8Array(file.length + 1).subarray(1)
    shifted.set(file)
    expect(plain(decodeSafetensors(shifted, 'a.st').tensors)).toEqual(
      plain(decodeSafetensors(file, 'a.st').tensors),
    )
  })

  it('keeps the data of a file that another program wrote in another order', () => {
    const bytes = fileWith(
      '{"b":{"dtype":"I16","shape":[1],"data_offsets":[4,6]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  ',
      6,
    )
    new DataView(bytes.buffer).setFloat32(bytes.length - 6, 1.5, true)
    bytes[bytes.length - 2] = 7
    const { tensors } = decodeSafetensors(bytes, 'a.st')
    expect([...tensors]).toEqual([
      ['a', float32([], [1.5])],
      ['b', tensor('int16', [1], Int16Array.of(7))],
    ])
  })

  it('cannot write what no reader would accept', () => {
    expect(() => encodeSafetensors(new Map([['__metadata__', float32([0], [])]]))).toThrow(RangeError)
    const wrong = { dtype: 'float32', shape: [2], data: Float32Array.of(1) } as const
    expect(() => encodeSafetensors(new Map([['a', wrong]]))).toThrow('needs 2 elements')
  })

  const one = (change: object) => ({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...change } })
  const of = (begin: number, end: number) => ({
    dtype: 'U8',
    shape: [end - begin],
    data_offsets: [begin, end],
  })
  it.each<[string, unknown, number, RegExp]>([
    ['a header that is no JSON', '{"a":', 0, /header cannot be read/],
    ['a header that is a list', '[]', 0, /does not begin with '\{'/],
    ['a header with a byte order mark', '\ufeff{}', 0, /does not begin with '\{'/],
    [
      'metadata that is not a map of strings',
      { __metadata__: { epoch: 3 } },
      0,
      /metadata is not a map of strings/,
    ],
    ['a tensor that is not described', { a: 3 }, 0, /tensor 'a': no description/],
    [
      'an element type of the future',
      one({ dtype: 'F8_E4M3' }),
      8,
      /'a': tensors of type "F8_E4M3" are not read/,
    ],
    ['an element type that is a name of the language', one({ dtype: 'toString' }), 8, /are not read/],
    ['a negative size', one({ shape: [-2] }), 8, /shape is not a list of sizes \(got \[-2\]\)/],
    ['a size that is not an integer', one({ shape: [0.5] }), 8, /shape is not a list of sizes/],
    ['a size beyond exact integers', one({ shape: [1e300] }), 8, /shape is not a list of sizes/],
    ['a shape whose product overflows', one({ shape: [2 ** 52, 2 ** 52, 2 ** 52] }), 8, /another size/],
    ['offsets that run backward', one({ data_offsets: [8, 0] }), 8, /no \[begin, end\]/],
    ['three offsets', one({ data_offsets: [0, 4, 8] }), 8, /no \[begin, end\]/],
    [
      'data of another size than the shape',
      one({ shape: [3] }),
      8,
      /expected 12 bytes for F32 \[3\], got 8 bytes/,
    ],
    ['an overlap', { a: of(0, 4), b: of(3, 6) }, 6, /'b': the data overlaps/],
    ['a hole', { a: of(0, 4), b: of(5, 6) }, 6, /'b': a hole/],
    ['data before the first tensor', { a: of(1, 4) }, 4, /'a': a hole/],
    ['data after the last tensor', { a: of(0, 4) }, 5, /belong to no tensor/],
  ])('refuses %s', (_, header, length, message) => {
    const decode = decodeHeader(header, length)
    expect(decode).toThrow(GlasshouseError)
    expect(decode).toThrow(message)
    expect(decode).toThrow(/^a\.st/)
  })

  it('says of a file cut short at any place that it is cut short, and what is missing', () => {
    const file = whole(
      encodeSafetensors(
        new Map([
          ['first', float32([2], [1, 2])],
          ['second', float32([2], [3, 4])],
        ]),
      ),
    )
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeSafetensors(file.subarray(0, length), 'run/last.st')).toThrow(
        expect.objectContaining({ code: 'weights-cut-short', where: 'run/last.st' }),
      )
    }
    expect(() => decodeSafetensors(file.subarray(0, -3), 'a.st')).toThrow(
      "it lacks 1 of 2 tensors, the first 'second' (expected 16 bytes of data, got 13)",
    )
  })

  it('does not ask for the memory that a damaged length promises', () => {
    const bytes = fileWith({}, 0).fill(0xff, 0, 8)
    expect(() => decodeSafetensors(bytes, 'a.st')).toThrow(/header is too long/)
  })

  it('does not parse lists within lists, however many', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    for (const depth of [3, 10_000, 9_000_000]) {
      expect(decodeHeader(nested(depth))).toThrow(/lists within lists/)
    }
  })

  it('takes brackets and quotes in names for what they are', () => {
    const name = '{[[["\\\\"]{'
    const description = { dtype: 'F32', shape: [1], data_offsets: [0, 4] }
    expect([...decodeHeader({ [name]: description }, 4)().tensors.keys()]).toEqual([name])
  })

  const folder = '../shared/data/weights'
  it.skipIf(!existsSync(folder))(`reads real files (skipped where ${folder} is absent)`, () => {
    const read = (name: string) => decodeSafetensors(readFileSync(`${folder}/${name}`), name)
    const resnet = read('cifar10_resnet20.safetensors')
    expect(resnet.tensors.get('conv1.weight')?.shape).toEqual([16, 3, 3, 3])
    expect(resnet.metadata.source).toContain('pytorch_resnet_cifar10')
    const mixed = [...read('resnet50v2_trunk_stage1-3.mixed_f16.safetensors').tensors.values()]
    expect(new Set(mixed.map(({ dtype }) => dtype))).toEqual(new Set(['float16', 'float32']))
    const names = [
      'bvlc_googlenet',
      'cifar10_resnet56',
      'mobilenet_v2_1.0_224.dequant',
      'squeezenet1_1_caffe',
    ]
    for (const name of names) expect(read(`${name}.safetensors`).tensors.size).toBeGreaterThan(50)
  })
})
