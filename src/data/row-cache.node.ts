/**
 * Rows of bytes on disk, for what is slow to compute and always comes out the same: decoded images, features of a
 * frozen trunk. One flat file: row after row, all of one length, then one CRC-32 per row (32 bits, little endian),
 * then the SHA-256 of these checksums.
 *
 * The file's name is a hash of everything that its content depends on, so changed content is another file. Every
 * checksum also covers that name and the place of its row: a row that moved, or a whole file under another's name, is
 * as wrong as a damaged one. All are verified when a file is opened, and a doubtful file is thrown away and built
 * again. It is written under a temporary name and renamed: two processes that build the same one at once write the
 * same bytes, and either may win.
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { type FileHandle, open, rename, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { cacheError, cacheFolder, discardUnused } from '../base/cache-folder.node.ts'
import { GlasshouseError } from '../base/errors.ts'
import { makeFolder } from '../base/files.node.ts'
import { removeLeftovers, temporaryName } from '../base/leftovers.node.ts'

export interface Rows {
  readonly count: number
  /** to be read, not written */
  row(index: number): Uint8Array
  /** lets go of the file behind them, if there is one */
  close(): void
}

export interface RowFile {
  /** the folder of the cache for what is of this kind */
  kind: string
  /** hash of what the content depends on, with the ending that tells what it is */
  name: string
  count: number
  /** bytes in a row */
  length: number
  /** up to how many bytes are held in memory; a larger file is read row by row */
  memoryLimit?: number
}

export type WriteRow = (index: number, bytes: Uint8Array) => Promise<void>

const gibibyte = 2 ** 30

/** The rows of a file in the cache; `build` writes each of them once where the cache does not have them yet. */
export async function cachedRows(place: RowFile, build: (write: WriteRow) => Promise<void>): Promise<Rows> {
  const folder = join(cacheFolder(), place.kind)
  const path = join(folder, place.name)
  const kept = openRows(path, place)
  if (kept) {
    // The time of last use, by which old files are thrown away.
    await utimes(path, new Date(), new Date()).catch(() => {})
    return kept
  }
  try {
    await makeFolder(folder)
    await removeLeftovers(folder)
    await discardUnused(folder)
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    throw cacheError(error, folder)
  }
  await writeRows(path, place, build)
  const built = openRows(path, place)
  if (built) return built
  throw damaged(`the ${place.kind} were damaged while they were written`, path)
}

const damaged = (what: string, where: string) =>
  new GlasshouseError({
    code: 'cache-damaged',
    what,
    where,
    hint: 'Check the disk, or name another cache folder in GLASSHOUSE_CACHE',
    fault: 'machine',
  })

/** The rows in a file, or undefined where the file is missing, cut short or damaged. */
function openRows(path: string, place: RowFile): Rows | undefined {
  const { count, length, memoryLimit = gibibyte } = place
  const descriptor = openFile(path)
  if (descriptor === undefined) return undefined
  const inMemory = count * length <= memoryLimit
  let rows: Rows | undefined
  try {
    if (fstatSync(descriptor).size !== count * (length + 4) + digestLength) return undefined
    const checksums = new Uint32Array(count)
    const digest = new Uint8Array(digestLength)
    if (!readFully(descriptor, new Uint8Array(checksums.buffer), count * length)) return undefined
    if (!readFully(descriptor, digest, count * (length + 4))) return undefined
    if (!digestOf(place, checksums).equals(digest)) return undefined
    if (inMemory) {
      const bytes = Buffer.allocUnsafeSlow(count * length)
      if (!readFully(descriptor, bytes, 0)) return undefined
      rows = rowsInMemory(bytes, count, length)
    } else {
      rows = rowsInFile(descriptor, path, place, checksums)
    }
    for (let i = 0; i < count; i++) {
      if (checksumOf(place, i, rows.row(i)) !== checksums[i]) return (rows = undefined)
    }
    return rows
  } catch (error) {
    rows = undefined
    if (error instanceof GlasshouseError) return undefined
    throw cacheError(error, path)
  } finally {
    if (!rows || inMemory) closeSync(descriptor)
  }
}

/** Only a regular file is opened: anything else in its place could wait for ever. */
function openFile(path: string): number | undefined {
  try {
    if (!statSync(path).isFile()) return undefined
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch {
    return undefined
  }
}

const digestLength = 32

function digestOf({ name, count, length }: RowFile, checksums: Uint32Array): Buffer {
  const hash = createHash('sha256').update(`2 ${name} ${count} ${length}\n`)
  return hash.update(new Uint8Array(checksums.buffer)).digest()
}

const checksumOf = ({ name }: RowFile, index: number, row: Uint8Array): number =>
  crc32(row, crc32(`${name} ${index}`))

function readFully(descriptor: number, target: Uint8Array, position: number): boolean {
  // One call reads 2 GiB at most.
  for (let filled = 0; filled < target.length; ) {
    const length = Math.min(target.length - filled, gibibyte)
    const got = readSync(descriptor, target, filled, length, position + filled)
    if (got === 0) return false
    filled += got
  }
  return true
}

const rowsInMemory = (bytes: Uint8Array, count: number, length: number): Rows => ({
  count,
  row: index => bytes.subarray(index * length, (index + 1) * length),
  close() {},
})

/** Reads rows when they are asked for and leaves it to the operating system to hold on to them. */
const rowsInFile = (descriptor: number, path: string, place: RowFile, checksums: Uint32Array): Rows => ({
  count: place.count,
  row(index) {
    const row = new Uint8Array(place.length)
    const isWhole = readFully(descriptor, row, index * place.length)
    // The file was right when it was opened; if something writes into it now, no other row can be trusted either.
    if (!isWhole || checksumOf(place, index, row) !== checksums[index])
      throw damaged(`the ${place.kind} were damaged while they were read`, path)
    return row
  },
  close: () => closeSync(descriptor),
})

async function writeRows(
  path: string,
  place: RowFile,
  build: (write: WriteRow) => Promise<void>,
): Promise<void> {
  const { count, length } = place
  const checksums = new Uint32Array(count)
  const temporary = temporaryName(path)
  let target: FileHandle | undefined
  const failed = (error: unknown): never => {
    throw cacheError(error, dirname(path))
  }
  try {
    target = await open(temporary, 'w').catch(failed)
    const write = (bytes: Uint8Array, position: number) =>
      target!.write(bytes, 0, bytes.length, position).catch(failed)
    await build(async (index, bytes) => {
      checksums[index] = checksumOf(place, index, bytes)
      await write(bytes, index * length)
    })
    await write(new Uint8Array(checksums.buffer), count * length)
    await write(digestOf(place, checksums), count * (length + 4))
    await target.sync()
    await target.close()
    target = undefined
    await rename(temporary, path)
  } finally {
    await target?.close()
    await rm(temporary, { force: true })
  }
}
