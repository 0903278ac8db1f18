/**
 * Arrays of text in .npy files: elements of one length, padded with zeros. `<U7` holds seven code points of 32 bits,
 * `S7` seven bytes. NumPy writes the first for names, the second for byte strings.
 */
import { GlasshouseError } from '../base/errors.ts'
import { cutShort, damaged } from './damage.ts'
import { readNpyHeader } from './npy.ts'

export interface TextArray {
  shape: number[]
  texts: string[]
}

/** The texts of an array in the order of its memory; undefined where its elements are not text. */
export function decodeNpyText(bytes: Uint8Array, where: string): TextArray | undefined {
  const { descr, shape, begin } = readNpyHeader(bytes, where)
  const [, order, kind, digits] = /^([<>|=]?)([US])(\d+)$/.exec(descr) ?? []
  if (!kind) return undefined
  const length = Number(digits)
  const width = kind === 'U' ? 4 * length : length
  const count = shape.reduce((size, extent) => size * extent, 1)
  const got = bytes.byteLength - begin
  if (got < count * width) throw cutShort(where, 'a part of the array', `${count * width} bytes`, `${got}`)
  // Elements of no length take no space, so nothing but the shape would say how many there are.
  if (got > count * width || (width === 0 && count > 0)) {
    throw damaged(where, 'the data does not fit the shape', `${got} bytes`, `${count * width} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + begin, got)
  const read =
    kind === 'U' ? readCodePoints(view, length, order !== '>', where) : readByteString(view, length, where)
  return { shape, texts: Array.from({ length: count }, (_, index) => read(index)) }
}

function readCodePoints(view: DataView, length: number, littleEndian: boolean, where: string) {
  return (index: number): string => {
    const codes: number[] = []
    for (let i = 0; i < length; i++) codes.push(view.getUint32(4 * (index * length + i), littleEndian))
    while (codes.at(-1) === 0) codes.pop()
    if (codes.some(code => code > 0x10ffff)) throw damaged(where, `element ${index} is not text`)
    return codes.map(code => String.fromCodePoint(code)).join('')
  }
}

function readByteString(view: DataView, length: number, where: string) {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return (index: number): string => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + index * length, length)
    let end = length
    while (end > 0 && bytes[end - 1] === 0) end--
    try {
      return decoder.decode(bytes.subarray(0, end))
    } catch (cause) {
      throw new GlasshouseError({
        code: 'text-encoding',
        what: `element ${index} is not UTF-8`,
        where,
        hint: 'Save the array as numbers, or as text with a.astype(str)',
        cause,
      })
    }
  }
}
