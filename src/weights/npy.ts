/**
 * The .npy format of NumPy, versions 1 to 3 (numpy.lib.format): a magic, the length of a header, the header as
 * a Python dictionary of three fixed keys, then the raw data of one array.
 */
import { type DType, sizeOf, type Tensor, tensor } from '../graph/tensor.ts'
import { cutShort, damaged, shorten, unsupported } from './damage.ts'
import { bytesOf, elementSize, elementsOf } from './elements.ts'
import { gather } from './strided.ts'

const descriptors: Partial<Record<DType, string>> = {
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  int8: '|i1',
  int16: '<i2',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
  uint16: '<u2',
  uint32: '<u4',
  uint64: '<u8',
  bool: '|b1',
}
const dtypes = new Map(Object.entries(descriptors).map(([dtype, descr]) => [descr, dtype as DType]))

/** Headers of plain arrays are about a hundred bytes long; the length in the file may say anything. */
const maximalHeader = 65535

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] // \x93NUMPY

export const looksLikeNpy = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte)

/**
 * The array, row-major: a view of `bytes` where alignment allows, a copy where it does not or where the file
 * keeps it column by column.
 */
export function decodeNpy(bytes: Uint8Array, where: string): Tensor {
  const { descr, fortranOrder, shape, begin } = readNpyHeader(bytes, where)
  const dtype = dtypes.get(descr.replace(/^[<=](?=.1$)/, '|'))
  if (!dtype) throw unsupported(where, ...refusal(descr))
  const expected = sizeOf(shape) * elementSize(dtype)
  const got = bytes.byteLength - begin
  if (got < expected) throw cutShort(where, 'a part of the array', `${expected} bytes`, `${got}`)
  if (!(got <= expected)) {
    throw damaged(where, 'the data is longer than the shape says', `${got} bytes`, `${expected} bytes`)
  }
  const stored = tensor(dtype, shape, elementsOf(dtype, bytes.subarray(begin)))
  return fortranOrder ? fromColumnMajor(stored) : stored
}

/** Version 1, in parts to be written one after the other; the array's own memory is not copied. */
export function encodeNpy({ dtype, shape, data }: Tensor): Uint8Array[] {
  const descr = descriptors[dtype]
  if (!descr) throw new RangeError(`NumPy has no ${dtype}`)
  tensor(dtype, shape, data) // a shape that contradicts its data must not reach a file
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 // so that the data is aligned
  const head = new Uint8Array(length).fill(0x20)
  head.set([...magic, 1, 0])
  new DataView(head.buffer).setUint16(8, length - 10, true)
  head.set(new TextEncoder().encode(header), 10)
  head[length - 1] = 0x0a
  return [head, bytesOf(data)]
}

export interface NpyHeader {
  /** NumPy's name of the element type, such as '<f4'; '[' for a record */
  descr: string
  fortranOrder: boolean
  shape: number[]
  /** where the data begins */
  begin: number
}

/** What the file says about its array. */
export function readNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  if (!looksLikeNpy(bytes)) throw damaged(where, 'this is no .npy file: it does not begin with \\x93NUMPY')
  const { header, begin } = readHeader(bytes, where)
  return { ...parseHeader(header, where), begin }
}

function readHeader(bytes: Uint8Array, where: string): { header: string; begin: number } {
  const version: number | undefined = bytes[6]
  if (version !== undefined && (version < 1 || version > 3)) {
    throw unsupported(where, `version ${version} of the .npy format is not read, only 1 to 3`)
  }
  const start = version === 1 ? 10 : 12
  if (bytes.byteLength < start) throw cutShort(where, 'its header', `${start} bytes`, `${bytes.byteLength}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const begin = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (begin - start > maximalHeader) {
    throw damaged(where, 'the header is too long', `${begin - start} bytes`, `at most ${maximalHeader}`)
  }
  if (bytes.byteLength < begin) {
    throw cutShort(where, 'a part of its header', `${begin} bytes`, `${bytes.byteLength}`)
  }
  // Version 3 is UTF-8, 1 and 2 are Latin-1; what is read of either is ASCII.
  return { header: new TextDecoder().decode(bytes.subarray(start, begin)), begin }
}

function parseHeader(
  header: string,
  where: string,
): { descr: string; fortranOrder: boolean; shape: number[] } {
  const field = (key: string, value: string): string => {
    const found = new RegExp(`'${key}'\\s*:\\s*(${value})`).exec(header)
    if (!found) throw damaged(where, `the header has no valid '${key}'`, shorten(header))
    return found[1]
  }
  const descr = field('descr', `'[^']*'|\\[`).replaceAll("'", '')
  const fortranOrder = field('fortran_order', 'True|False') === 'True'
  // Python 2 wrote long integers as 3L.
  const sizes = field('shape', '\\((?:\\s*\\d+L?\\s*,)*\\s*(?:\\d+L?)?\\s*\\)').match(/\d+/g) ?? []
  return { descr, fortranOrder, shape: sizes.map(Number) }
}

function refusal(descr: string): [what: string, hint: string] {
  if (descr === '[') return ['an array with named fields is not read', 'Save one field of it']
  if (descr.includes('O')) return ['an array of Python objects is not read', 'Save an array of numbers']
  if (/[US]/.test(descr)) return ['an array of text is not read here', 'Save an array of numbers']
  const type = /[iu]\d/.test(descr) ? '<i8' : '<f4'
  const what = descr.startsWith('>') ? 'a big-endian array is' : `arrays of type '${descr}' are`
  return [`${what} not read`, `Save it as a.astype('${type}')`]
}

/** The first axis lies fastest in such a file. */
function fromColumnMajor({ dtype, shape, data }: Tensor): Tensor {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)))
  return tensor(dtype, shape, gather(dtype, data, shape, strides))
}
