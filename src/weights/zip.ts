/**
 * Zip archives as torch.save writes them (PKWARE APPNOTE 6.3): the directory at the end, entries mostly stored as
 * they are. Stored entries are views of the file; compressed ones, which other programs make of such files, are
 * inflated by fflate, never beyond the size that the directory promises.
 */
import { Inflate } from 'fflate'
import { cursorOver } from './cursor.ts'
import { cutShort, damaged, quoted, unsupported } from './damage.ts'

export interface ZipEntry {
  /** in bytes, uncompressed */
  readonly size: number
  /** the content, checked against its CRC-32 where the archive has one */
  read(): Uint8Array
}

interface DirectoryEntry {
  name: string
  flags: number
  method: number
  crc: number
  compressedSize: number
  size: number
  headerPlace: number
  /** in bytes, of the name as it stands in the directory and before the content */
  nameLength: number
}

const stored = 0
const deflated = 8

/** Weights hardly compress; an archive that claims to hold far more than itself is made to exhaust the memory. */
const inflationLimit = (fileSize: number): number => 64 * 2 ** 20 + 8 * fileSize

export const looksLikeZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4

/** The entries by name, in the directory's order. */
export function openZip(bytes: Uint8Array, where: string): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>()
  let total = 0
  const directory = readDirectory(bytes, where)
  checkPlaces(directory, where)
  for (const entry of directory) {
    const at = `${where}, entry ${quoted(entry.name)}`
    if (entries.has(entry.name)) throw damaged(at, 'the archive has two entries of that name')
    if (entry.flags & 1) throw unsupported(at, 'the archive is encrypted')
    if (entry.method !== stored) total += entry.size
    if (total > inflationLimit(bytes.length)) {
      throw unsupported(at, 'refuses to unpack an archive that claims to hold far more than its own size')
    }
    entries.set(entry.name, { size: entry.size, read: () => readEntry(bytes, entry, at) })
  }
  return entries
}

/** Every byte belongs to one entry: entries that share a body would hold many times what the file does. */
function checkPlaces(directory: readonly DirectoryEntry[], where: string): void {
  const headerLength = 30
  let end = 0
  for (const entry of [...directory].sort((a, b) => a.headerPlace - b.headerPlace)) {
    if (entry.headerPlace < end)
      throw damaged(`${where}, entry ${quoted(entry.name)}`, 'it overlaps another entry')
    end = entry.headerPlace + headerLength + entry.nameLength + entry.compressedSize
  }
}

function readDirectory(bytes: Uint8Array, where: string): DirectoryEntry[] {
  const { count, place, size } = findDirectory(bytes, where)
  if (place + size > bytes.length) {
    throw cutShort(where, "the archive's directory", `${place + size} bytes`, `${bytes.length}`)
  }
  const directory = cursorOver(bytes.subarray(0, place + size), where, place)
  const entries: DirectoryEntry[] = []
  for (let i = 0; i < count; i++) {
    if (directory.uint32() !== 0x02014b50) throw damaged(where, "the archive's directory is damaged")
    directory.take(4) // versions
    const [flags, method] = [directory.uint16(), directory.uint16()]
    directory.take(4) // time and date
    const [crc, compressedSize, fullSize] = [directory.uint32(), directory.uint32(), directory.uint32()]
    const [nameLength, extraLength, commentLength] = [
      directory.uint16(),
      directory.uint16(),
      directory.uint16(),
    ]
    directory.take(8) // disk, attributes
    const headerPlace = directory.uint32()
    const name = directory.text(nameLength)
    const extra = directory.take(extraLength)
    directory.take(commentLength)
    const sizes = { size: fullSize, compressedSize, headerPlace }
    entries.push({ name, nameLength, flags, method, crc, ...widen(sizes, extra, where) })
  }
  return entries
}

/** The end record, or the Zip64 one where numbers do not fit into it. */
function findDirectory(bytes: Uint8Array, where: string): { count: number; place: number; size: number } {
  const end = lastIndexOfSignature(bytes, 0x06054b50, 22)
  if (end < 0) throw cutShort(where, "the archive's directory", 'an end record', 'none')
  const record = cursorOver(bytes, where, end + 8)
  record.take(2) // entries on this disk
  const [count, size, place] = [record.uint16(), record.uint32(), record.uint32()]
  const locator = end - 20
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (locator < 0 || view.getUint32(locator, true) !== 0x07064b50) return { count, place, size }
  const wide = cursorOver(bytes, where, cursorOver(bytes, where, locator + 8).uint64())
  if (wide.uint32() !== 0x06064b50) throw damaged(where, "the archive's directory is damaged")
  wide.take(28) // size, versions, disks, entries on this disk
  return { count: wide.uint64(), size: wide.uint64(), place: wide.uint64() }
}

/** Sizes that are all ones stand in the Zip64 field, in this order. */
function widen<Sizes extends { size: number; compressedSize: number; headerPlace: number }>(
  sizes: Sizes,
  extra: Uint8Array,
  where: string,
): Sizes {
  const fields = cursorOver(extra, where)
  while (extra.length - fields.place >= 4) {
    const [id, length] = [fields.uint16(), fields.uint16()]
    const content = cursorOver(fields.take(length), where)
    if (id !== 1) continue
    const wide = { ...sizes }
    for (const key of ['size', 'compressedSize', 'headerPlace'] as const) {
      if (sizes[key] === 0xffffffff) wide[key] = content.uint64()
    }
    return wide
  }
  return sizes
}

function readEntry(bytes: Uint8Array, entry: DirectoryEntry, at: string): Uint8Array {
  const header = cursorOver(bytes, at, Math.min(entry.headerPlace, bytes.length))
  if (header.uint32() !== 0x04034b50) throw damaged(at, "the entry's header is damaged")
  header.take(22)
  const [nameLength, extraLength] = [header.uint16(), header.uint16()]
  header.take(nameLength + extraLength)
  const packed = header.take(entry.compressedSize)
  const content = unpack(packed, entry, at)
  if (content.length !== entry.size) {
    throw damaged(
      at,
      'the entry has another size than the directory says',
      `${content.length}`,
      `${entry.size}`,
    )
  }
  // PyTorch can be asked not to compute checksums; it then leaves zero.
  if (entry.crc !== 0 && crc32(content) !== entry.crc)
    throw damaged(at, 'the checksum does not fit the content')
  return content
}

function unpack(packed: Uint8Array, { method, size }: DirectoryEntry, at: string): Uint8Array {
  if (method === stored) return packed
  if (method !== deflated) throw unsupported(at, `compression method ${method} is not read, only deflate`)
  const content = new Uint8Array(size)
  let filled = 0
  const inflate = new Inflate(part => {
    if (filled + part.length > size) throw damaged(at, 'the entry is longer than the directory says')
    content.set(part, filled)
    filled += part.length
  })
  // In small steps, so that an entry that unpacks to too much is noticed early.
  const step = 65536
  try {
    for (let place = 0; place < packed.length; place += step) {
      inflate.push(packed.subarray(place, place + step), place + step >= packed.length)
    }
  } catch (error) {
    throw damaged(at, `the compressed entry is damaged: ${(error as Error).message}`)
  }
  return content.subarray(0, filled)
}

/** From the back, because an archive may end in a comment of up to 65,535 bytes. */
function lastIndexOfSignature(bytes: Uint8Array, signature: number, length: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const first = Math.max(0, bytes.length - length - 65535)
  for (let place = bytes.length - length; place >= first; place--) {
    if (view.getUint32(place, true) === signature) return place
  }
  return -1
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1
  return byte
})

function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}
