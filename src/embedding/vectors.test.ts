import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Field,
  Float16,
  Float64,
  Int64,
  List,
  makeData,
  Table,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { damagedFiles, readDamaged } from '../../test/damaged-files.ts'
import { GlasshouseError } from '../base/errors.ts'
import { float32, tensor } from '../graph/tensor.ts'
import { encodeNpy } from '../weights/npy.ts'
import { readVectors, writeVectors } from './vectors.node.ts'
import { decodeVectors, encodeVectors, type Vectors } from './vectors.ts'

const three: Vectors = {
  ids: Int32Array.of(4, 5, 9),
  paths: ['a/1.png', 'a/2.png', 'b/ü.png'],
  labels: ['a', 'a', 'b'],
  dim: 2,
  data: Float32Array.of(1, 2, 3, 4, 5, 6),
}

/** A table whose column `vector` has numbers of the given type, in lists of the given lengths. */
function listsOf(
  type: Float16 | Float64,
  numbers: Uint16Array | Float64Array,
  lengths: readonly number[],
): Uint8Array {
  const valueOffsets = Int32Array.of(
    0,
    ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b)),
  )
  const child = makeData({ type, length: numbers.length, data: numbers })
  const list = makeData({
    type: new List(new Field('item', type)),
    length: lengths.length,
    valueOffsets,
    child,
  })
  return tableToIPC(new Table({ vector: new Vector([list]) }), 'file')
}

describe('vectors as a table', () => {
  it('come back as they were', () => {
    const anyVectors = fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 5 })).chain(([count, dim]) =>
      fc.record({
        ids: fc.int32Array({ minLength: count, maxLength: count }),
        paths: fc.array(fc.string({ unit: 'grapheme' }), { minLength: count, maxLength: count }),
        labels: fc.array(fc.string(), { minLength: count, maxLength: count }),
        dim: fc.constant(dim),
        data: fc.float32Array({ minLength: count * dim, maxLength: count * dim }),
      }),
    )
    fc.assert(
      fc.property(anyVectors, vectors => {
        expect(decodeVectors(encodeVectors(vectors), 'a.arrow')).toEqual(vectors)
      }),
    )
  })

  it('are read without a copy', () => {
    const file = encodeVectors(three)
    expect(decodeVectors(file, 'a.arrow').data.buffer).toBe(file.buffer)
  })

  it('have the documented columns', () => {
    const { schema } = tableFromIPC(encodeVectors(three))
    expect(schema.fields.map(({ name, type, nullable }) => `${name}: ${type}${nullable ? '?' : ''}`)).toEqual(
      ['id: Int32', 'path: Utf8', 'label: Utf8', 'vector: FixedSizeList[2]<Float32>'],
    )
  })

  it('may come in several batches, as lists, with labels from a dictionary', () => {
    const twice = new Table([
      ...tableFromIPC(encodeVectors(three)).batches,
      ...tableFromIPC(encodeVectors(three)).batches,
    ])
    const read = decodeVectors(tableToIPC(twice, 'file'), 'a.arrow')
    expect(read.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6))
    expect(read.labels).toEqual(['a', 'a', 'b', 'a', 'a', 'b'])

    const half = decodeVectors(
      listsOf(new Float16(), Uint16Array.of(0x3c00, 0x4000, 0x3e00, 0), [2, 2]),
      'a.arrow',
    )
    expect(half).toEqual({
      ids: Int32Array.of(0, 1),
      paths: undefined,
      labels: undefined,
      dim: 2,
      data: Float32Array.of(1, 2, 1.5, 0),
    })
    const double = decodeVectors(listsOf(new Float64(), Float64Array.of(0.1, 2, 3), [1, 1, 1]), 'a.arrow')
    expect(double.data).toEqual(Float32Array.of(0.1, 2, 3))

    const labelled = new Table({
      id: vectorFromArray([7n, 8n, 9n], new Int64()),
      label: vectorFromArray(['x', 'y', 'x']),
      vector: tableFromIPC(encodeVectors(three)).getChild('vector')!,
    })
    expect(decodeVectors(tableToIPC(labelled, 'file'), 'a.arrow')).toMatchObject({
      ids: Int32Array.of(7, 8, 9),
      labels: ['x', 'y', 'x'],
    })
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['another file', new Uint8Array(50), /a\.arrow: this is no Arrow file/],
    [
      'a table without vectors',
      tableToIPC(tableFromArrays({ x: [1, 2] }), 'file'),
      /no column 'vector'.*got x/,
    ],
    [
      'numbers in place of vectors',
      tableToIPC(tableFromArrays({ vector: [1, 2] }), 'file'),
      /no lists of numbers/,
    ],
    [
      'vectors of different lengths',
      listsOf(new Float64(), Float64Array.of(1, 2, 3), [1, 2]),
      /different lengths/,
    ],
    ['a file cut short', encodeVectors(three).subarray(0, 700), /a\.arrow: /],
  ])('are refused from %s', (_, file, message) => {
    expect(() => decodeVectors(file, 'a.arrow')).toThrow(GlasshouseError)
    expect(() => decodeVectors(file, 'a.arrow')).toThrow(message)
  })

  it(`in ${damagedFiles} damaged files are refused or sound`, { timeout: 900_000 }, () => {
    const outcomes = readDamaged(
      'Arrow',
      encodeVectors(three),
      bytes => decodeVectors(bytes, 'damaged'),
      ({ ids, paths, labels, dim, data }) => {
        for (const { length } of [paths ?? ids, labels ?? ids, { length: data.length / dim }]) {
          expect(length).toBe(ids.length)
        }
      },
    )
    expect(outcomes.refused).toBeGreaterThan(damagedFiles / 10)
  })

  it('need parallel arrays', () => {
    expect(() => encodeVectors({ ...three, labels: ['a'] })).toThrow(RangeError)
  })
})

describe('vectors on disk', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glasshouse-vectors-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const file = async (name: string, content: string | readonly Uint8Array[]): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, typeof content === 'string' ? content : Buffer.concat(content))
    return path
  }

  it('come back as they were, whatever the extension', async () => {
    await writeVectors(join(folder, 'three.bin'), three)
    expect(await readVectors(join(folder, 'three.bin'))).toEqual(three)
  })

  it('may be a NumPy matrix, with labels from an array or from lines', async () => {
    const matrix = await file(
      'm.npy',
      encodeNpy(tensor('float16', [3, 2], Uint16Array.of(0x3c00, 0, 0, 0, 0, 0x4000))),
    )
    const numbers = await file('l.npy', encodeNpy(tensor('int64', [3], BigInt64Array.of(5n, 5n, -1n))))
    const lines = await file('l.txt', 'maize\r\nwheat\nmaize\n')
    const expected = { ids: Int32Array.of(0, 1, 2), dim: 2, data: Float32Array.of(1, 0, 0, 0, 0, 2) }
    expect(await readVectors(matrix)).toEqual(expected)
    expect(await readVectors(matrix, { labels: numbers })).toEqual({ ...expected, labels: ['5', '5', '-1'] })
    expect(await readVectors(matrix, { labels: lines })).toEqual({
      ...expected,
      labels: ['maize', 'wheat', 'maize'],
    })
  })

  it('are refused with what was found where they do not fit', async () => {
    const matrix = await file('fit.npy', encodeNpy(float32([3, 2], new Float32Array(6))))
    await expect(readVectors(matrix, { labels: await file('two.txt', 'a\nb\n') })).rejects.toThrow(
      /not as many labels as vectors \(expected 3 labels.*got 2\)/,
    )
    const cube = await file('cube.npy', encodeNpy(float32([1, 2, 3], new Float32Array(6))))
    await expect(readVectors(cube)).rejects.toThrow(/expected n x dim .* got \[1, 2, 3\] of float32/)
    await expect(readVectors(matrix, { labels: cube })).rejects.toThrow(/not a list of labels/)
    await expect(readVectors(await file('x.txt', 'hello'))).rejects.toThrow(/these are not vectors/)
    await expect(readVectors(join(folder, 'none.npy'))).rejects.toThrow(/no such file/)
  })

  const real = '../shared/data/embeddings/car196_npair_2map'
  it.skipIf(!existsSync(real))(`are read from real files (skipped where ${real} is absent)`, async () => {
    const vectors = await readVectors(`${real}/epoch+19_val_f16.npy`, { labels: `${real}/val_labels.npy` })
    expect([vectors.ids.length, vectors.dim, new Set(vectors.labels).size]).toEqual([8131, 64, 98])
    expect(vectors.data.every(Number.isFinite)).toBe(true)
  })
})
