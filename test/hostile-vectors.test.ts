/**
 * Hostile files of vectors, labels and annotations, damaged with knowledge of their formats. GLASSHOUSE_FUZZ sets how
 * many are tried per format.
 */
import {
  type Data,
  Dictionary,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import type { Random } from '../src/base/random.ts'
import matlab from '../src/data/fixtures/matlab.json' with { type: 'json' }
import { parseMat } from '../src/data/matlab.ts'
import { decodeLabels } from '../src/embedding/labels.node.ts'
import { decodeVectors, encodeVectors, type Vectors } from '../src/embedding/vectors.ts'
import { tensor } from '../src/graph/tensor.ts'
import { decodeNpy, encodeNpy } from '../src/weights/npy.ts'
import { arrowDamage } from './damage-arrow.ts'
import { damage, damagedFiles, readDamaged } from './damaged-files.ts'

const [count, dim] = [12, 5]
const numbers = Array.from({ length: count * dim }, (_, i) => Math.sin(i))
const rows = (of: readonly number[]) =>
  Array.from({ length: count }, (_, row) => of.slice(row * dim, (row + 1) * dim))
const words = Array.from({ length: count }, (_, i) => `class ${i % 3}`)

/** A file with the columns id, label and vector, as other programs write it: in one batch or in two. */
function fileOf(vector: Data, label: Data, batches = 1): Uint8Array {
  const columns = {
    id: makeData({ type: new Int32(), length: count, data: Int32Array.from(words.keys()) }),
    label,
    vector,
  }
  const schema = new Schema(Object.entries(columns).map(([name, { type }]) => new Field(name, type, true)))
  const data = makeData({
    type: new Struct(schema.fields),
    length: count,
    nullCount: 0,
    children: Object.values(columns),
  })
  const batch = new RecordBatch(schema, data)
  const parts = batches === 1 ? [batch] : [batch.slice(0, 7), batch.slice(7)]
  return tableToIPC(new Table(parts), 'file')
}

const dataOf = (of: { data: readonly Data[] }): Data => of.data[0]
const text = dataOf(vectorFromArray(words, new Utf8()))
const dictionary = dataOf(vectorFromArray(words, new Dictionary(new Utf8(), new Int32())))
const fixed = (type: Float16 | Float32 | Float64) =>
  dataOf(vectorFromArray(rows(numbers), new FixedSizeList(dim, new Field('item', type, true))))
const list = dataOf(vectorFromArray(rows(numbers), new List(new Field('item', new Float32(), true))))

const tables = {
  'as written here': encodeVectors({
    ids: Int32Array.from(words.keys()),
    paths: words.map((word, i) => `${word}/${i}.png`),
    labels: words,
    dim,
    data: Float32Array.from(numbers),
  }),
  'lists of any length, labels by dictionary': fileOf(list, dictionary),
  'float64 in two batches': fileOf(fixed(new Float64()), text, 2),
  'float16, labels by dictionary': fileOf(fixed(new Float16()), dictionary),
}

function isSound({ ids, paths, labels, dim, data }: Vectors): void {
  expect(data.length).toBe(ids.length * dim)
  for (const texts of [paths, labels]) if (texts) expect(texts).toHaveLength(ids.length)
}

describe('hostile Arrow files', () => {
  test.each(Object.entries(tables))(
    '%s',
    (name, file) => {
      isSound(decodeVectors(file, name))
      const read = (bytes: Uint8Array) => decodeVectors(bytes, name)
      expect(readDamaged(`arrow: ${name}`, file, read, isSound, arrowDamage(file)).refused).toBeGreaterThan(
        damagedFiles / 10,
      )
    },
    600_000,
  )
})

/** Headers of .npy that say something else than the data holds. */
function headerDamage(file: Uint8Array, random: Random): Uint8Array {
  const { pick, integer, chance } = random
  const header = new TextDecoder('latin1').decode(file.subarray(10, 10 + file[8] + 256 * file[9]))
  const extent = () =>
    pick(['0', '1', '-1', '12', '60', '4294967296', '9007199254740993', '1e9', '0x10', "'5'", '()', ''])
  const shape = () => `(${Array.from({ length: integer(40) }, extent).join(',')})`
  const descr = () =>
    pick([
      "'<f4'",
      "'>f4'",
      "'|O'",
      "'<U999999999'",
      "'<U-1'",
      "'<U0'",
      "'|S3'",
      "'<f16'",
      "'V8'",
      "[('a','<f4')]",
      '5',
      "'<c8'",
    ])
  const changed = [
    () => header.replace(/\([^)]*\)/, shape()),
    () => header.replace(/'[<|>=][^']*'/, descr()),
    () => header.replace(/False|True/, pick(['True', 'False', 'None', '1', 'lambda: 0'])),
    () => header.replace(/\}.*/s, pick(['', ', }', "'descr': '<f4'}", '}}'])),
    () => '('.repeat(integer(5000)) + header,
  ]
  let mutated = pick(changed)()
  while (chance(0.3)) mutated = pick(changed)().slice(0, mutated.length + integer(20))
  const version = pick([1, 1, 1, 2, 3, 0, 255])
  const length = chance(0.8) ? mutated.length : pick([0, 1, 65535, integer(65536)])
  const size =
    version === 1
      ? [length & 255, (length >> 8) & 255]
      : [length & 255, (length >> 8) & 255, pick([0, 0, 255]), pick([0, 0, 127])]
  const body = file.subarray(10 + file[8] + 256 * file[9])
  const bytes = Buffer.concat([
    file.subarray(0, 6),
    Uint8Array.of(version, 0, ...size),
    Buffer.from(mutated, 'latin1'),
    body,
  ])
  return chance(0.2) ? damage(new Uint8Array(bytes), random) : new Uint8Array(bytes)
}

describe('hostile .npy files', () => {
  const matrix = new Uint8Array(
    Buffer.concat(encodeNpy(tensor('float32', [count, dim], Float32Array.from(numbers)))),
  )

  test('as vectors', () => {
    const read = (bytes: Uint8Array) => decodeNpy(bytes, 'vectors.npy')
    const sound = ({ shape, data }: ReturnType<typeof read>) =>
      expect(data.length).toBe(shape.reduce((product, extent) => product * extent, 1))
    expect(readDamaged('npy', matrix, read, sound, headerDamage).refused).toBeGreaterThan(damagedFiles / 10)
  }, 600_000)

  test('as labels', () => {
    const labels = new Uint8Array(
      Buffer.concat(encodeNpy(tensor('int32', [count], Int32Array.from(words.keys())))),
    )
    const read = (bytes: Uint8Array) => decodeLabels(bytes, 'labels.npy', count)
    const sound = (labels: string[]) => expect(labels.every(label => label !== '')).toBe(true)
    expect(readDamaged('npy labels', labels, read, sound, headerDamage).refused).toBeGreaterThan(
      damagedFiles / 10,
    )
  }, 600_000)
})

/** Tags of MAT-files: type and size of an element, flags and extents of an array. */
function tagDamage(file: Uint8Array, random: Random): Uint8Array {
  const { pick, integer, chance } = random
  const bytes = file.slice()
  const view = new DataView(bytes.buffer)
  do {
    const place = 128 + 4 * integer(Math.floor((bytes.length - 128) / 4) - 1)
    const old = view.getInt32(place, true)
    view.setInt32(
      place,
      pick([
        old + 1,
        old - 1,
        old ^ 0x10000,
        0,
        1,
        7,
        8,
        14,
        15,
        -1,
        2 ** 31 - 1,
        bytes.length,
        integer(20),
        2 ** 28,
      ]),
      true,
    )
  } while (chance(0.5))
  return chance(0.1) ? damage(bytes, random) : bytes
}

describe('hostile MAT-files', () => {
  const { note, ...files } = matlab
  test.each(Object.entries(files))(
    '%s',
    (name, base64) => {
      const file = Uint8Array.from(Buffer.from(base64, 'base64'))
      const read = (bytes: Uint8Array) => parseMat(bytes, `${name}.mat`)
      const sound = (variables: Map<string, unknown>) => expect(variables.size).toBeGreaterThanOrEqual(0)
      expect(readDamaged(`mat: ${name}`, file, read, sound, tagDamage).refused).toBeGreaterThan(
        damagedFiles / 100,
      )
    },
    600_000,
  )
})

/** Texts that are another kind of file, or in another encoding, or hold what no label should. */
function textDamage(file: Uint8Array, random: Random): Uint8Array {
  const { pick, integer, chance } = random
  const text = new TextDecoder().decode(file)
  const lines = text.split('\n')
  const odd = [
    '',
    ' ',
    'NaN',
    '\0',
    '\u001b[2J',
    '"',
    "'",
    'a,b',
    'a\tb',
    '\u202e',
    '\ufeff',
    '\ud800',
    'x'.repeat(integer(100_000)),
    '__proto__',
    '1e999',
  ]
  const at = integer(lines.length)
  const ways = [
    () => lines.with(at, pick(odd)).join('\n'),
    () => lines.join(pick(['\r', '\r\n', '\u2028', '\0', ',', '\n\n'])),
    () =>
      [...lines, ...new Array(integer(1000)).fill(pick(odd.filter(({ length }) => length < 10)))].join('\n'),
    () => `${pick(['label', 'path,label', '[', '{', '<html>', 'PK\u0003\u0004'])}\n${text}`,
  ]
  const changed = pick(ways)()
  const bytes = pick([
    () => Buffer.from(changed),
    () => Buffer.from(changed, 'latin1'),
    () => Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(changed, 'utf16le')]),
  ])()
  return chance(0.3) ? damage(new Uint8Array(bytes), random) : new Uint8Array(bytes)
}

test.each(['labels.txt', 'labels.csv', 'labels.tsv'])(
  'hostile label files: %s',
  name => {
    const file = new TextEncoder().encode(words.join('\n'))
    const read = (bytes: Uint8Array) => decodeLabels(bytes, name, count)
    const sound = (labels: string[]) => {
      expect(labels.every(label => typeof label === 'string' && label !== '')).toBe(true)
    }
    expect(readDamaged(name, file, read, sound, textDamage).refused).toBeGreaterThan(damagedFiles / 20)
  },
  600_000,
)
