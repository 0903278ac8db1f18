/**
 * Looks once at every file of a data set: is it an image that can be decoded, how large is it, and what is the
 * SHA-256 of its content? Whether a JPEG is truncated shows only when it is decoded, so every image is, at the
 * coarsest scale its format offers.
 *
 * The findings are remembered in the cache. As in git's index, a file counts as unchanged while its size, its
 * modification time, its inode and that inode's change time are the same; one that changed less than two seconds
 * before the look is not remembered, since it might change again within the resolution of the clock.
 */

import { type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { mapConcurrently } from '../base/concurrent.ts'
import { sha256Of } from '../base/digest.node.ts'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, whyNotRegular } from '../base/files.node.ts'
import type { Work } from '../base/work.ts'
import { decodesAtOnce, readHeader, readImageFile, requireDecodable } from './decode.node.ts'
import { defaultMaxMegapixels, whyTooLarge } from './image-errors.ts'
import { type Finding, openSurveyMemory } from './survey-cache.node.ts'

export interface SurveyOptions {
  /** in millions of pixels; larger images count as unreadable and are never decoded */
  maxMegapixels?: number
  /** how many files are looked at at once */
  threads?: number
  /** look into the cache and write into it, unless false: for files that are opened once, of very many */
  remember?: boolean
  work?: Work
}

/** What each of the files is; paths are relative to `root`. */
export async function survey(
  root: string,
  files: readonly { path: string }[],
  options: SurveyOptions = {},
): Promise<Finding[]> {
  const { maxMegapixels = defaultMaxMegapixels, threads = decodesAtOnce(), remember = true } = options
  const memory = remember ? await openSurveyMemory(root) : undefined
  let learned = 0
  const look = async ({ path }: { path: string }): Promise<Finding> => {
    const file = join(root, path)
    const stats = statOf(file)
    if ('reason' in stats) return stats
    const stamp = `${stats.size} ${stats.mtimeMs} ${stats.ctimeMs} ${stats.ino}`
    const known = memory?.files.get(path)
    if (known?.stamp === stamp) return limited(known.finding, maxMegapixels)
    const { finding, lasting } = await examine(file, maxMegapixels)
    if (memory && lasting && Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > 2000) {
      memory.files.delete(path)
      memory.files.set(path, { stamp, finding })
      learned++
    }
    return finding
  }
  try {
    return await mapConcurrently(files, threads, look, { work: options.work, stage: 'reading' })
  } finally {
    // Also when interrupted: what was looked at need not be looked at again.
    if (learned) await memory?.save()
  }
}

/** `lasting` where the finding depends on nothing but the file's content: not on the machine's state, say. */
async function examine(path: string, maxMegapixels: number): Promise<{ finding: Finding; lasting: boolean }> {
  try {
    const bytes = await readImageFile(path)
    const { width, height } = await readHeader(bytes, path)
    const tooLarge = whyTooLarge({ width, height }, maxMegapixels)
    if (tooLarge) return { finding: { reason: tooLarge, isImage: true }, lasting: false }
    await requireDecodable(bytes, path, { width, height })
    return { finding: { bytes: bytes.length, hash: sha256Of(bytes), width, height }, lasting: true }
  } catch (error) {
    const finding = whyUnreadable(error)
    return { finding, lasting: error instanceof GlasshouseError && error.code === 'not-an-image' }
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
    const kind = whyNotRegular(stats)
    return kind === undefined ? stats : { reason: `${kind}, not a file`, isImage: false }
  } catch (error) {
    return whyUnreadable(fileError(error, path))
  }
}

function whyUnreadable(error: unknown): { reason: string; isImage: boolean } {
  if (!(error instanceof GlasshouseError)) throw error
  return { reason: error.got ?? error.what, isImage: error.code === 'image-unreadable' }
}
