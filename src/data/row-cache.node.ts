/**
 * Rows of bytes on disk, for what is slow to compute and always comes out the same: decoded pictures, features of a
 * frozen trunk. One flat file: row after row, all of one length, then one CRC-32 per row (32 bits, little endian).
 *
 * The file's name is a hash of everything that its content depends on, so changed content is another file, and a file
 * under its name is either right or damaged. It is written under a temporary name and renamed: two processes that
 * build the same one at once write the same bytes, and either may win. Length and checksums are verified when a file
 * is opened; a damaged one is built anew.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { cacheError, cacheFolder } from '../base/cache-folder.node.ts'
import { GlasshouseError } from '../base/errors.ts'
import { makeFolder } from '../base/files.node.ts'

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
    await discardUnused(folder)
  } catch (error) {
    throw cacheError(error, folder)
  }
  await writeRows(path, place, build)
  const built = openRows(path, place)
  if (built) return built
  throw new GlasshouseError({
    code: 'cache-damaged',
    what: `the ${place.kind} were damaged while they were written`,
    where: path,
    hint: 'Check the disk, or name another cache folder in GLASSHOUSE_CACHE',
    fault: 'machine',
  })
}

/** The rows in a file, or undefined where the file is missing, cut short or damaged. */
function openRows(path: string, { count, length, memoryLimit = gibibyte }: RowFile): Rows | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch {
    return undefined
  }
  const inMemory = count * length <= memoryLimit
  let rows: Rows | undefined
  try {
    const checksums = new Uint32Array(count)
    if (!readFully(descriptor, new Uint8Array(checksums.buffer), count * length)) return undefined
    if (fstatSync(descriptor).size !== count * (length + 4)) return undefined
    const bytes = Buffer.allocUnsafeSlow(inMemory ? count * length : 0)
    if (!readFully(descriptor, bytes, 0)) return undefined
    rows = inMemory ? rowsInMemory(bytes, count, length) : rowsInFile(descriptor, count, length)
    for (let i = 0; i < count; i++) if (crc32(rows.row(i)) !== checksums[i]) return (rows = undefined)
    return rows
  } finally {
    if (!rows || inMemory) closeSync(descriptor)
  }
}

function readFully(descriptor: number, target: Uint8Array, position: number): boolean {
  return readSync(descriptor, target, 0, target.length, position) === target.length
}

const rowsInMemory = (bytes: Uint8Array, count: number, length: number): Rows => ({
  count,
  row: index => bytes.subarray(index * length, (index + 1) * length),
  close() {},
})

/** Reads rows when they are asked for and leaves it to the operating system to hold on to them. */
const rowsInFile = (descriptor: number, count: number, length: number): Rows => ({
  count,
  row(index) {
    const row = new Uint8Array(length)
    readFully(descriptor, row, index * length)
    return row
  },
  close: () => closeSync(descriptor),
})

let temporaryNames = 0

async function writeRows(
  path: string,
  { count, length }: RowFile,
  build: (write: WriteRow) => Promise<void>,
): Promise<void> {
  const checksums = new Uint32Array(count)
  const temporary = `${path}.${process.pid}.${temporaryNames++}.tmp`
  let target: FileHandle | undefined
  const failed = (error: unknown): never => {
    throw cacheError(error, dirname(path))
  }
  try {
    target = await open(temporary, 'w').catch(failed)
    const write = (bytes: Uint8Array, position: number) =>
      target!.write(bytes, 0, bytes.length, position).catch(failed)
    await build(async (index, bytes) => {
      checksums[index] = crc32(bytes)
      await write(bytes, index * length)
    })
    await write(new Uint8Array(checksums.buffer), count * length)
    await target.sync()
    await target.close()
    target = undefined
    await rename(temporary, path)
  } finally {
    await target?.close()
    await rm(temporary, { force: true })
  }
}

const keptDays = 30

/** Removes what was not opened for a month, leftovers of killed processes among it. */
async function discardUnused(folder: string): Promise<void> {
  const oldest = Date.now() - keptDays * 24 * 3600 * 1000
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const used = await stat(path).catch(() => undefined)
    if (used && used.mtimeMs < oldest) await rm(path, { force: true })
  }
}
