/** Zip archives for tests, as faulty as a test wants them. */
import { crc32 } from 'node:zlib'
import { openZip } from '../src/weights/zip.ts'

export interface Entry {
  name: string
  content: Uint8Array
  /** what stands in the archive: 0 stored, 8 deflated */
  method?: number
  /** the compressed content; the content itself if absent */
  packed?: Uint8Array
  /** what the archive claims; true where absent */
  size?: number
  crc?: number
  flags?: number
}

export function writeZip(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let place = 0
  for (const {
    name,
    content,
    method = 0,
    packed = content,
    size = content.length,
    flags = 0,
    ...entry
  } of entries) {
    const common = Buffer.alloc(26)
    common.writeUInt16LE(flags, 2)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(entry.crc ?? crc32(content), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(size, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(place, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\0\0'), common, rest, Buffer.from(name)]))
    parts.push(local)
    place += local.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(listed.length, 8)
  end.writeUInt32LE(place, 12)
  return new Uint8Array(Buffer.concat([...parts, listed, Buffer.from('PK\x05\x06'), end]))
}

/** The archive again, each entry changed, or left out where the change gives undefined. */
export function rezip(
  archive: Uint8Array,
  change: (entry: Entry) => Entry | undefined,
): Uint8Array<ArrayBuffer> {
  const entries = [...openZip(archive, 'fixture')].map(([name, entry]) =>
    change({ name, content: entry.read() }),
  )
  return writeZip(entries.filter(entry => entry !== undefined))
}
