/** Reads binary structures front to back; asking for more than there is left is an error that names the file. */
import { cutShort, damaged } from './damage.ts'

export interface Cursor {
  /** where the next byte is read, from the start of `bytes` */
  readonly place: number
  /** the next `count` bytes, as a view */
  take(count: number): Uint8Array
  uint8(): number
  uint16(): number
  uint32(): number
  int32(): number
  /** 64 bits, unsigned; beyond 2^53 is an error, nothing honest is that large */
  uint64(): number
  /** big endian, as pickles store it */
  float64BigEndian(): number
  /** up to the next line feed, which is consumed */
  line(): string
  text(count: number): string
}

/** Everything but `float64BigEndian` is read little endian. */
export function cursorOver(bytes: Uint8Array, where: string, place = 0): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const advance = (count: number): number => {
    if (!(count <= bytes.byteLength - place)) {
      throw cutShort(
        where,
        'what its structure promises',
        `${count} bytes at ${place}`,
        `${bytes.byteLength - place}`,
      )
    }
    place += count
    return place - count
  }
  const take = (count: number) => {
    const from = advance(count)
    return bytes.subarray(from, from + count)
  }
  const text = (count: number) => utf8.decode(take(count))
  return {
    get place() {
      return place
    },
    take,
    text,
    uint8: () => view.getUint8(advance(1)),
    uint16: () => view.getUint16(advance(2), true),
    uint32: () => view.getUint32(advance(4), true),
    int32: () => view.getInt32(advance(4), true),
    uint64: () => {
      const value = Number(view.getBigUint64(advance(8), true))
      if (!Number.isSafeInteger(value)) throw damaged(where, 'a size is beyond all measure', `${value}`)
      return value
    },
    float64BigEndian: () => view.getFloat64(advance(8), false),
    line: () => {
      const end = bytes.indexOf(0x0a, place)
      if (end < 0) throw cutShort(where, 'the end of a line', 'a line feed', 'the end of the data')
      const line = text(end - place)
      place++
      return line
    },
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
