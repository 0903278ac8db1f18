/**
 * Decoded pictures on disk. Decoding is by far the slowest part of reading pictures, so every data set is
 * decoded once per size and kept as one flat file: picture after picture, size x size x 3 bytes each, then one
 * CRC-32 per picture (32 bits, little endian).
 *
 * The file's name is a hash of the contents of all images, their order, the size and the decoder, so a changed
 * image is another file, and a file under its name is either right or damaged. It is written under a temporary
 * name and renamed: two processes that build the same one at once write the same bytes, and either may win.
 * Length and checksums are verified when a file is opened; a damaged one is built anew.
 */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { endianness } from 'node:os'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { GlasshouseError } from '../errors.ts'
import { fileError, makeFolder } from '../files.node.ts'
import { cacheError, cacheFolder } from './cache-folder.node.ts'
import { mapConcurrently } from './concurrent.ts'
import { fileOf } from './dataset.node.ts'
import type { Dataset } from './dataset.ts'
import { decodeKnown, decodesAtOnce } from './decode.node.ts'
import { memoryStore, type PictureStore } from './store.ts'

export interface OpenOptions {
  /** how many pictures are decoded at once */
  threads?: number
  signal?: AbortSignal
  /** called while pictures are decoded; never when they come from the cache */
  onProgress?: (done: number, total: number) => void
  /** up to how many bytes are held in memory; a larger store is read from its file picture by picture */
  memoryLimit?: number
}

const gibibyte = 2 ** 30

/**
 * The pictures of a data set as size x size squares (short side to `size`, then the centre), in the order of
 * `dataset.items`. Decodes them where the cache does not have them yet.
 */
export async function openPictures(
  dataset: Dataset,
  size: number,
  options: OpenOptions = {},
): Promise<PictureStore> {
  const folder = join(cacheFolder(), 'pictures')
  const file = join(folder, `${keyOf(dataset, size)}.rgb`)
  const count = dataset.items.length
  const { memoryLimit = gibibyte } = options
  const kept = openStore(file, size, count, memoryLimit)
  if (kept) {
    // The time of last use, by which old files are thrown away.
    await utimes(file, new Date(), new Date()).catch(() => {})
    return kept
  }
  try {
    await makeFolder(folder)
    await discardUnused(folder)
  } catch (error) {
    throw cacheError(error, folder)
  }
  await build(dataset, size, file, options)
  const built = openStore(file, size, count, memoryLimit)
  if (built) return built
  throw new GlasshouseError({
    code: 'cache-damaged',
    what: 'decoded pictures were damaged while they were written',
    where: file,
    hint: 'Check the disk, or name another cache folder in GLASSHOUSE_CACHE',
    fault: 'machine',
  })
}

function keyOf(dataset: Dataset, size: number): string {
  const hash = createHash('sha256').update(`1 ${endianness()} vips ${sharp.versions.vips} square ${size}\n`)
  for (const item of dataset.items) hash.update(item.hash)
  return hash.digest('hex').slice(0, 40)
}

/** The store in a file, or undefined where the file is missing, cut short or damaged. */
function openStore(file: string, size: number, count: number, memoryLimit: number): PictureStore | undefined {
  const length = size * size * 3
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return undefined
  }
  const inMemory = count * length <= memoryLimit
  let store: PictureStore | undefined
  try {
    const checksums = new Uint32Array(count)
    if (!readFully(descriptor, new Uint8Array(checksums.buffer), count * length)) return undefined
    if (fstatSync(descriptor).size !== count * (length + 4)) return undefined
    const bytes = Buffer.allocUnsafeSlow(inMemory ? count * length : 0)
    if (!readFully(descriptor, bytes, 0)) return undefined
    store = inMemory ? memoryStore(size, bytes) : fileStore(descriptor, size, count)
    for (let i = 0; i < count; i++) if (crc32(store.picture(i)) !== checksums[i]) return (store = undefined)
    return store
  } finally {
    if (!store || inMemory) closeSync(descriptor)
  }
}

function readFully(descriptor: number, target: Uint8Array, position: number): boolean {
  return readSync(descriptor, target, 0, target.length, position) === target.length
}

/** Reads pictures when they are asked for and leaves it to the operating system to hold on to them. */
function fileStore(descriptor: number, size: number, count: number): PictureStore {
  const length = size * size * 3
  return {
    size,
    count,
    picture(index) {
      const picture = new Uint8Array(length)
      readFully(descriptor, picture, index * length)
      return picture
    },
    close: () => closeSync(descriptor),
  }
}

let temporaryNames = 0

async function build(dataset: Dataset, size: number, file: string, options: OpenOptions): Promise<void> {
  const { threads = decodesAtOnce() } = options
  const length = size * size * 3
  const checksums = new Uint32Array(dataset.items.length)
  const temporary = `${file}.${process.pid}.${temporaryNames++}.tmp`
  let target: FileHandle | undefined
  const write = async (bytes: Uint8Array, position: number) => {
    await target!.write(bytes, 0, bytes.length, position).catch(error => {
      throw cacheError(error, dirname(file))
    })
  }
  try {
    target = await open(temporary, 'w').catch(error => {
      throw cacheError(error, dirname(file))
    })
    await mapConcurrently(
      dataset.items,
      threads,
      async (item, i) => {
        const path = fileOf(dataset, item)
        const content = await readFile(path).catch(error => {
          throw fileError(error, path)
        })
        if (createHash('sha256').update(content).digest('hex') !== item.hash) throw changed(path)
        const { data } = await decodeKnown(content, path, item, { square: size })
        checksums[i] = crc32(data)
        await write(data, i * length)
      },
      options,
    )
    await write(new Uint8Array(checksums.buffer), dataset.items.length * length)
    await target.sync()
    await target.close()
    target = undefined
    await rename(temporary, file)
  } finally {
    await target?.close()
    await rm(temporary, { force: true })
  }
}

const changed = (path: string) =>
  new GlasshouseError({
    code: 'image-changed',
    what: 'the image changed while the data was being read',
    where: path,
    hint: 'Run the same command again when nothing writes to the data any more',
  })

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
