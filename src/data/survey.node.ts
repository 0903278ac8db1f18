/**
 * Looks once at every file of a data set: is it an image that can be decoded, how large is it, and what is the
 * SHA-256 of its content? Whether a JPEG is truncated shows only when it is decoded, so every image is, at the
 * coarsest scale its format offers.
 *
 * The findings are remembered in the cache, so that the next look costs one `stat` per file. As in git's index,
 * a file counts as unchanged while its size, its modification time and its inode change time are the same; one
 * that changed less than two seconds before the look is not remembered, since it might change again within the
 * resolution of the clock.
 */
import { createHash } from 'node:crypto'
import { type Stats, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { cacheFolder } from '../base/cache-folder.node.ts'
import { mapConcurrently } from '../base/concurrent.ts'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, writeFileAtomic } from '../base/files.node.ts'
import {
  decodesAtOnce,
  defaultMaxMegapixels,
  readHeader,
  requireDecodable,
  whyTooLarge,
} from './decode.node.ts'

export interface SurveyOptions {
  /** in millions of pixels; larger pictures count as unreadable and are never decoded */
  maxMegapixels?: number
  /** how many files are looked at at once */
  threads?: number
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

export type Finding =
  | { bytes: number; hash: string; width: number; height: number }
  /** why it cannot be used, and whether its content is an image at all */
  | { reason: string; isImage: boolean }

interface Memory {
  /** what the findings depend on besides the files */
  made: string
  /** by path relative to the root */
  files: Record<string, { stamp: string; finding: Finding }>
}

const made = `2 ${sharp.versions.vips}`

/** What each of the files is; `paths` are relative to `root`, and so is the order of the answer. */
export async function survey(
  root: string,
  paths: readonly string[],
  options: SurveyOptions = {},
): Promise<Finding[]> {
  const { maxMegapixels = defaultMaxMegapixels, threads = decodesAtOnce() } = options
  const memoryFile = join(cacheFolder(), 'surveys', `${sha256(root).slice(0, 32)}.json`)
  const memory = await recall(memoryFile)
  let learned = 0
  const look = async (path: string): Promise<Finding> => {
    const file = join(root, path)
    const stats = statOf(file)
    if ('reason' in stats) return stats
    const stamp = `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`
    const known = memory.files[path]
    if (known?.stamp === stamp) return limited(known.finding, maxMegapixels)
    const { finding, lasting } = await examine(file, maxMegapixels)
    if (lasting && Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > 2000) {
      memory.files[path] = { stamp, finding }
      learned++
    }
    return finding
  }
  try {
    return await mapConcurrently(paths, threads, look, options)
  } finally {
    // Also when interrupted: what was looked at need not be looked at again. A cache that cannot be written
    // costs time, nothing else.
    if (learned) await writeFileAtomic(memoryFile, JSON.stringify(memory)).catch(() => {})
  }
}

async function recall(file: string): Promise<Memory> {
  try {
    const memory = JSON.parse(await readFile(file, 'utf8')) as Memory
    if (memory.made === made && typeof memory.files === 'object') return memory
  } catch {
    // Not there yet, or damaged: look again.
  }
  return { made, files: {} }
}

/** `lasting` where the finding depends on nothing but the file's content. */
async function examine(path: string, maxMegapixels: number): Promise<{ finding: Finding; lasting: boolean }> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    return { finding: whyUnreadable(fileError(error, path)), lasting: false }
  }
  try {
    const { width, height } = await readHeader(bytes, path)
    const tooLarge = whyTooLarge({ width, height }, maxMegapixels)
    if (tooLarge) return { finding: { reason: tooLarge, isImage: true }, lasting: false }
    await requireDecodable(bytes, path, { width, height })
    return { finding: { bytes: bytes.length, hash: sha256(bytes), width, height }, lasting: true }
  } catch (error) {
    return { finding: whyUnreadable(error), lasting: true }
  }
}

/** What an earlier look, which may have allowed more, means under this limit. */
function limited(finding: Finding, maxMegapixels: number): Finding {
  const tooLarge = 'hash' in finding ? whyTooLarge(finding, maxMegapixels) : undefined
  return tooLarge ? { reason: tooLarge, isImage: true } : finding
}

function statOf(path: string): Stats | { reason: string; isImage: boolean } {
  try {
    const stats = statSync(path)
    // Reading a pipe or a device could wait for ever.
    return stats.isFile() ? stats : { reason: 'not a file', isImage: false }
  } catch (error) {
    return whyUnreadable(fileError(error, path))
  }
}

function whyUnreadable(error: unknown): { reason: string; isImage: boolean } {
  if (!(error instanceof GlasshouseError)) throw error
  return { reason: error.got ?? error.what, isImage: error.code === 'image-unreadable' }
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
