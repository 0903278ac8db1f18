/**
 * Reads MATLAB 5.0 MAT-files ("Level 5", The MathWorks, "MAT-File Format"): numbers, text, cells and structs,
 * compressed or not. Some data sets come with their labels in this form.
 */
import { unzlibSync } from 'fflate'
import { GlasshouseError } from '../base/errors.ts'

export type MatValue = number[] | string | MatValue[] | MatStruct[]
export interface MatStruct {
  [field: string]: MatValue
}

const types = { int8: 1, uint8: 2, int16: 3, uint16: 4, int32: 5, uint32: 6, single: 7, double: 9, int64: 12 }
const [uint64, matrix, compressed, utf8, utf16] = [13, 14, 15, 16, 17]
const [cellClass, structClass, charClass] = [1, 2, 4]
/** A struct inside a cell inside a struct ... is refused beyond this. */
const deepest = 16

interface Element {
  type: number
  bytes: Uint8Array
}

/** All variables of a file by name. `where` is named in errors. */
export function parseMat(file: Uint8Array, where: string): Map<string, MatValue> {
  const refuse = (got: string): never => {
    throw new GlasshouseError({
      code: 'mat-malformed',
      what: 'this MATLAB file cannot be read',
      where,
      expected: 'a little-endian MAT-file of version 5',
      got,
    })
  }
  if (file.length < 128 || file[126] !== 0x49 || file[127] !== 0x4d) refuse('another header')
  const variables = new Map<string, MatValue>()
  for (const element of elementsOf(file.subarray(128), refuse)) {
    const { type, bytes } = element.type === compressed ? inflated(element.bytes, refuse) : element
    if (type !== matrix) continue
    const { name, value } = readMatrix(bytes, refuse, 0)
    variables.set(name, value)
  }
  return variables
}

type Refuse = (got: string) => never

function inflated(bytes: Uint8Array, refuse: Refuse): Element {
  try {
    return elementsOf(unzlibSync(bytes), refuse)[0] ?? refuse('an empty compressed element')
  } catch (error) {
    if (error instanceof GlasshouseError) throw error
    return refuse('a damaged compressed element')
  }
}

function elementsOf(bytes: Uint8Array, refuse: Refuse): Element[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: Element[] = []
  for (let at = 0; at + 8 <= bytes.length; ) {
    const tag = view.getUint32(at, true)
    // Up to four bytes stand in the tag itself.
    const small = tag >>> 16
    const [type, length, start] = small
      ? [tag & 0xffff, small, at + 4]
      : [tag, view.getUint32(at + 4, true), at + 8]
    if (start + length > bytes.length) refuse('an element that ends beyond the file')
    elements.push({ type, bytes: bytes.subarray(start, start + length) })
    at = small ? at + 8 : start + (type === compressed ? length : Math.ceil(length / 8) * 8)
  }
  return elements
}

function readMatrix(bytes: Uint8Array, refuse: Refuse, depth: number): { name: string; value: MatValue } {
  if (depth > deepest) refuse('values nested too deep')
  if (bytes.length === 0) return { name: '', value: [] }
  const [flags, dimensions, name, ...content] = elementsOf(bytes, refuse)
  if (!name) refuse('an array without a name')
  const kind = flags.bytes[0]
  const count = numbersOf(dimensions, refuse).reduce((a, b) => a * b, 1)
  const inner = (element: Element) => readMatrix(element.bytes, refuse, depth + 1).value
  const value = (): MatValue => {
    if (kind === cellClass) return content.map(inner)
    if (kind === structClass) return structsOf(content, count, inner, refuse)
    if (kind === charClass) return content[0] ? textOf(content[0], refuse) : ''
    return content[0] ? numbersOf(content[0], refuse) : []
  }
  return { name: textFrom(numbersOf(name, refuse)), value: value() }
}

const textOf = (element: Element, refuse: Refuse): string =>
  element.type === utf8 ? new TextDecoder().decode(element.bytes) : textFrom(numbersOf(element, refuse))

/** Not by spreading: a text may be longer than a call can have arguments. */
const textFrom = (codes: ArrayLike<number>): string =>
  Array.from(codes, code => String.fromCharCode(code)).join('')

function structsOf(
  [width, names, ...values]: Element[],
  count: number,
  inner: (element: Element) => MatValue,
  refuse: Refuse,
): MatStruct[] {
  const length = width && numbersOf(width, refuse)[0]
  if (!names || !length) return refuse('a struct without field names')
  const fields = Array.from({ length: names.bytes.length / length }, (_, field) =>
    textFrom(names.bytes.subarray(field * length, (field + 1) * length)).replace(/\0.*$/s, ''),
  )
  if (values.length < count * fields.length) refuse('a struct with missing fields')
  return Array.from({ length: count }, (_, item) =>
    Object.fromEntries(fields.map((name, field) => [name, inner(values[item * fields.length + field])])),
  )
}

function numbersOf({ type, bytes }: Element, refuse: Refuse): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = (size: number, get: (at: number) => number) =>
    Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => get(i * size))
  switch (type) {
    case types.int8:
      return read(1, at => view.getInt8(at))
    case types.uint8:
    case utf8:
      return [...bytes]
    case types.int16:
      return read(2, at => view.getInt16(at, true))
    case types.uint16:
    case utf16:
      return read(2, at => view.getUint16(at, true))
    case types.int32:
      return read(4, at => view.getInt32(at, true))
    case types.uint32:
      return read(4, at => view.getUint32(at, true))
    case types.single:
      return read(4, at => view.getFloat32(at, true))
    case types.double:
      return read(8, at => view.getFloat64(at, true))
    case types.int64:
      return read(8, at => Number(view.getBigInt64(at, true)))
    case uint64:
      return read(8, at => Number(view.getBigUint64(at, true)))
    default:
      return refuse(`numbers of type ${type}`)
  }
}
