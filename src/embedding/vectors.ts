/**
 * Vectors of images as tables: Arrow IPC files with the columns id, path, label and vector, which pandas,
 * polars, DuckDB and Embedding Atlas read as they are. Reading copies no vector where the file keeps float32 in
 * one batch, as the files written here do.
 */
import {
  type Data,
  DataType,
  Field,
  FixedSizeList,
  Float32,
  type Int,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow'
import { GlasshouseError } from '../base/errors.ts'
import { float32FromFloat16 } from '../graph/element-types.ts'
import { checkArrowFile } from './arrow-metadata.ts'

/** n vectors and what they belong to; the arrays are parallel. */
export interface Vectors {
  /** positions of the images in their data set */
  ids: Int32Array
  /** undefined where the file has none */
  paths?: string[]
  /** names of the classes; undefined where the file has none */
  labels?: string[]
  dim: number
  /** n x dim, row-major */
  data: Float32Array
}

/** Shown wherever vectors cannot be read. */
const wanted = 'an Arrow file with the columns id, path, label and vector (a list of numbers)'

/** Stands at both ends of a file. */
const magic = 'ARROW1'

export const looksLikeArrow = (bytes: Uint8Array): boolean => hasMagic(bytes.subarray(0, magic.length))

const hasMagic = (bytes: Uint8Array): boolean => new TextDecoder('latin1').decode(bytes) === magic

/** The whole file. Vectors without paths or labels get empty ones; `metadata` goes into the schema. */
export function encodeVectors(
  { ids, paths, labels, dim, data }: Vectors,
  metadata?: Map<string, string>,
): Uint8Array {
  const count = ids.length
  for (const { length } of [paths ?? ids, labels ?? ids, { length: data.length / dim }]) {
    if (length !== count) throw new RangeError(`${count} ids, but ${length} paths, labels or vectors`)
  }
  const item = new Field('item', new Float32(), false)
  const columns = {
    id: makeData({ type: new Int32(), length: count, data: ids }),
    path: textColumn(paths ?? Array<string>(count).fill('')),
    label: textColumn(labels ?? Array<string>(count).fill('')),
    vector: makeData({
      type: new FixedSizeList(dim, item),
      length: count,
      nullCount: 0,
      child: makeData({ type: item.type, length: data.length, data }),
    }),
  }
  const fields = Object.entries(columns).map(([name, { type }]) => new Field(name, type, false))
  const schema = new Schema(fields, metadata)
  const rows = makeData({
    type: new Struct(schema.fields),
    length: count,
    nullCount: 0,
    children: Object.values(columns),
  })
  return tableToIPC(new Table([new RecordBatch(schema, rows)]), 'file')
}

/**
 * Only the column `vector` is needed, a list of float16, float32 or float64 of one length: other programs'
 * tables work too.
 *
 * @param where the file's name, for errors
 * @param check sees the metadata of the schema first
 * @param texts whether paths and labels are wanted, which take longer to read than vectors
 */
export function decodeVectors(
  bytes: Uint8Array,
  where: string,
  check: (metadata: ReadonlyMap<string, string>) => void = () => {},
  texts = true,
): Vectors {
  if (!looksLikeArrow(bytes)) throw unreadable(where, 'this is no Arrow file')
  if (!hasMagic(bytes.subarray(-magic.length)))
    throw unreadable(where, 'the file is cut short: its end is missing')
  try {
    checkArrowFile(bytes)
    const table = tableFromIPC(bytes)
    check(table.schema.metadata)
    const column = table.getChild('vector')
    if (!column) throw unreadable(where, "the table has no column 'vector'", table.schema.names.join(', '))
    const { dim, data } = matrixOf(column, where)
    const count = data.length / dim
    const most = 16 * bytes.length + 2 ** 20
    return {
      ids: idsOf(table, count, where),
      paths: texts ? textsOf(table, 'path', count, most, where) : undefined,
      labels: texts ? textsOf(table, 'label', count, most, where) : undefined,
      dim,
      data,
    }
  } catch (error) {
    if (error instanceof GlasshouseError) throw error
    // The Arrow library meets damage with whatever error its arithmetic ends in.
    throw unreadable(where, `the table cannot be read: ${(error as Error).message}`, undefined, error)
  }
}

function textColumn(texts: readonly string[]): Data<Utf8> {
  return vectorFromArray(texts, new Utf8()).data[0] ?? makeData({ type: new Utf8(), length: 0 })
}

function matrixOf(column: Vector, where: string): { dim: number; data: Float32Array } {
  if (column.nullCount > 0) throw unreadable(where, `${column.nullCount} rows have no vector`)
  const parts = column.data.filter(({ length }) => length > 0).map(chunk => matrixOfChunk(chunk, where))
  const dims = new Set(parts.map(({ dim }) => dim))
  if (dims.size > 1) throw unreadable(where, 'the vectors have different lengths', [...dims].join(', '))
  const [dim] = dims.size ? dims : [DataType.isFixedSizeList(column.type) ? column.type.listSize : 1]
  if (parts.length === 1) return parts[0]
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let filled = 0
  for (const part of parts) {
    data.set(part.data, filled)
    filled += part.data.length
  }
  return { dim, data }
}

function matrixOfChunk(chunk: Data, where: string): { dim: number; data: Float32Array } {
  const { first, dim } = placesOf(chunk, where)
  const [child] = chunk.children
  const end = first + chunk.length * dim
  if (!(dim > 0) || end > child.values.length || child.nullCount > 0) {
    throw unreadable(where, 'the vectors are incomplete', `${child.values.length} of ${end} numbers`)
  }
  const numbers = child.values.subarray(first, end)
  if (!DataType.isFloat(child.type)) throw unreadable(where, 'the vectors are not of floating numbers')
  if (numbers instanceof Float32Array) return { dim, data: numbers }
  return {
    dim,
    data: numbers instanceof Uint16Array ? float32FromFloat16(numbers) : Float32Array.from(numbers),
  }
}

/** Where a chunk's numbers begin and how many each row has. */
function placesOf(chunk: Data, where: string): { first: number; dim: number } {
  if (DataType.isFixedSizeList(chunk.type)) return { first: 0, dim: chunk.type.listSize }
  if (!DataType.isList(chunk.type)) {
    throw unreadable(where, "the column 'vector' holds no lists of numbers", String(chunk.type))
  }
  const offsets = chunk.valueOffsets
  const dim = offsets[1] - offsets[0]
  for (let row = 1; row <= chunk.length; row++) {
    if (offsets[row] - offsets[row - 1] !== dim) throw unreadable(where, 'the vectors have different lengths')
  }
  return { first: offsets[0], dim }
}

function idsOf(table: Table, count: number, where: string): Int32Array {
  const column = columnOf(table, 'id', count, where)
  if (!column || !DataType.isInt(column.type)) return Int32Array.from({ length: count }, (_, i) => i)
  return complete(Int32Array.from(column as Vector<Int>, Number), 'id', count, where)
}

/** @param most characters that an honest file of its size can hold; places in a damaged one may overlap */
function textsOf(
  table: Table,
  name: string,
  count: number,
  most: number,
  where: string,
): string[] | undefined {
  const column = columnOf(table, name, count, where)
  if (!column) return undefined
  let characters = 0
  const texts = Array.from(
    DataType.isDictionary(column.type) ? column.memoize() : column,
    (value: unknown) => {
      const text = value === null ? '' : String(value)
      characters += text.length
      if (characters > most) throw unreadable(where, `the column '${name}' is damaged`)
      return text
    },
  )
  return complete(texts, name, count, where)
}

function columnOf(table: Table, name: string, count: number, where: string): Vector | undefined {
  const column = table.getChild(name) ?? undefined
  return column && complete(column, name, count, where)
}

/** A column can claim another length than its data has, so what came out of it is measured too. */
function complete<Rows extends { length: number }>(
  rows: Rows,
  name: string,
  count: number,
  where: string,
): Rows {
  if (rows.length === count) return rows
  throw unreadable(where, `the column '${name}' has ${rows.length} rows, the vectors ${count}`)
}

const unreadable = (where: string, what: string, got?: string, cause?: unknown): GlasshouseError =>
  new GlasshouseError({ code: 'vectors-unreadable', what, where, expected: wanted, got, cause })
