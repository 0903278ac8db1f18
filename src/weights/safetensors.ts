/**
 * The safetensors format (https://github.com/huggingface/safetensors): eight bytes with the header's length, a
 * JSON header that names every tensor with its type, shape and place, then the raw data, little endian.
 *
 * Nothing in a file is trusted: the tensors must fill the data exactly, without overlap or hole, so that every
 * file has one meaning. Reading copies nothing where the data is aligned, which is so in files written here.
 */
import { type DType, type Shape, sizeOf, type Tensor, tensor } from '../graph/tensor.ts'
import { cutShort, damaged, quoted, shorten, unsupported } from './damage.ts'
import { bytesOf, elementSize, elementsOf } from './elements.ts'

export interface Safetensors {
  /** in the order of their data in the file */
  tensors: Map<string, Tensor>
  metadata: Record<string, string>
}

const dtypeOf = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
} as const satisfies Record<string, DType>

const codeOf = Object.fromEntries(Object.entries(dtypeOf).map(([code, dtype]) => [dtype, code])) as {
  [Code in keyof typeof dtypeOf as (typeof dtypeOf)[Code]]: Code
}

/**
 * Bytes; some two hundred thousand tensors. The format allows five times as much, which would take two gigabytes to
 * parse where somebody means ill.
 */
const maximalHeader = 20_000_000

/** The header, a description in it, a list in that. */
const deepestHeader = 3

interface Entry {
  name: string
  dtype: DType
  shape: Shape
  /** in bytes, from the end of the header */
  begin: number
  end: number
}

/**
 * @param bytes the whole file
 * @param where the file's name, for errors
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): Safetensors {
  const { header, data } = splitFile(bytes, where)
  const { __metadata__: metadata = {}, ...described } = header
  if (!isStringMap(metadata)) {
    throw damaged(where, 'the metadata is not a map of strings', shorten(metadata))
  }
  const entries = Object.entries(described)
    .map(([name, description]) => readEntry(name, description, where))
    .sort((a, b) => a.begin - b.begin || a.end - b.end)
  checkPlaces(entries, data.byteLength, where)
  const tensors = new Map<string, Tensor>()
  for (const { name, dtype, shape, begin, end } of entries) {
    tensors.set(name, tensor(dtype, shape, elementsOf(dtype, data.subarray(begin, end))))
  }
  return { tensors, metadata }
}

/**
 * The file in parts, to be written one after the other; the tensors' own memory is not copied. The same tensors
 * and metadata give the same bytes in whatever order they come: wide elements first (so that everything is
 * aligned), then by name.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  if (tensors.has('__metadata__')) throw new RangeError("no tensor can be called '__metadata__'")
  const ordered = [...tensors].sort(
    ([a, { dtype: aType }], [b, { dtype: bType }]) =>
      elementSize(bType) - elementSize(aType) || byCodeUnit(a, b),
  )
  const header: [string, unknown][] = []
  const notes = Object.entries(metadata).sort(([a], [b]) => byCodeUnit(a, b))
  if (notes.length) header.push(['__metadata__', Object.fromEntries(notes)])
  let offset = 0
  for (const [name, { dtype, shape, data }] of ordered) {
    tensor(dtype, shape, data) // a shape that contradicts its data must not reach a file
    header.push([name, { dtype: codeOf[dtype], shape, data_offsets: [offset, (offset += data.byteLength)] }])
  }
  // Written entry by entry: an object would move names that look like numbers to the front.
  const json = new TextEncoder().encode(
    `{${header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
  )
  const head = new Uint8Array(8 + Math.ceil(json.byteLength / 8) * 8).fill(0x20)
  if (head.byteLength - 8 > maximalHeader)
    throw new RangeError('more names than a safetensors header can hold')
  new DataView(head.buffer).setBigUint64(0, BigInt(head.byteLength - 8), true)
  head.set(json, 8)
  return [head, ...ordered.map(([, { data }]) => bytesOf(data))]
}

/** Whether bytes begin like a safetensors file. */
export const looksLikeSafetensors = (bytes: Uint8Array): boolean =>
  bytes.byteLength >= 9 && bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0

function splitFile(bytes: Uint8Array, where: string): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.byteLength < 8) throw cutShort(where, 'its header', '8 bytes', `${bytes.byteLength}`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > maximalHeader) {
    throw damaged(where, 'the header is too long', `${length} bytes`, `at most ${maximalHeader} bytes`)
  }
  if (8 + length > bytes.byteLength) {
    throw cutShort(where, 'a part of its header', `${8 + length} bytes`, `${bytes.byteLength}`)
  }
  if (nestingOf(bytes.subarray(8, 8 + length)) > deepestHeader) {
    throw damaged(where, 'the header holds lists within lists')
  }
  let header: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(8, 8 + length),
    )
    if (!text.startsWith('{')) throw new SyntaxError("it does not begin with '{'")
    header = JSON.parse(text)
  } catch (error) {
    throw damaged(where, `the header cannot be read: ${(error as Error).message}`)
  }
  return { header: header as Record<string, unknown>, data: bytes.subarray(8 + length) }
}

/** How deep lists and objects lie within each other. To parse ten million of them would take gigabytes. */
function nestingOf(json: Uint8Array): number {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]
    if (inText) {
      if (byte === 0x5c)
        i++ // a backslash: the next one is not an end
      else if (byte === 0x22) inText = false
    } else if (byte === 0x22) inText = true
    else if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth)
    else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return deepest
}

function readEntry(name: string, description: unknown, where: string): Entry {
  const at = `${where}, tensor ${quoted(name)}`
  if (!isRecord(description)) throw damaged(at, 'no description of a tensor', shorten(description))
  const { dtype: code, shape, data_offsets: offsets } = description
  if (typeof code !== 'string' || !Object.hasOwn(dtypeOf, code)) {
    throw unsupported(
      at,
      `tensors of type ${shorten(code)} are not read, only of ${Object.keys(dtypeOf).join(', ')}`,
    )
  }
  if (!isCounts(shape)) throw damaged(at, 'the shape is not a list of sizes', shorten(shape))
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw damaged(at, "the data's place is no [begin, end]", shorten(offsets))
  }
  const dtype = dtypeOf[code as keyof typeof dtypeOf]
  const [begin, end] = offsets
  if (sizeOf(shape) * elementSize(dtype) !== end - begin) {
    throw damaged(
      at,
      'the data has another size than the shape',
      `${end - begin} bytes`,
      `${sizeOf(shape) * elementSize(dtype)} bytes for ${code} [${shape.join(', ')}]`,
    )
  }
  return { name, dtype, shape, begin, end }
}

/** The data must be covered from its first to its last byte, each byte by one tensor. */
function checkPlaces(entries: readonly Entry[], length: number, where: string): void {
  let covered = 0
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      throw damaged(
        `${where}, tensor ${quoted(name)}`,
        begin < covered ? 'the data overlaps that of another tensor' : 'a hole lies before the data',
        `begin ${begin}`,
        `begin ${covered}`,
      )
    }
    covered = end
  }
  if (covered > length) {
    const missing = entries.filter(({ end }) => end > length).map(({ name }) => name)
    const which = `${missing.length} of ${entries.length} tensors, the first ${quoted(missing[0])}`
    throw cutShort(where, which, `${covered} bytes of data`, `${length}`)
  }
  if (covered < length) {
    throw damaged(
      where,
      'bytes that belong to no tensor follow the data',
      `${length} bytes`,
      `${covered} bytes`,
    )
  }
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isStringMap = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every(entry => typeof entry === 'string')

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every(count => Number.isSafeInteger(count) && count >= 0)
