/**
 * What the last look at a data set found, kept in the cache so that the next look costs one `stat` per file.
 *
 * A text: a first line that says what the findings depend on, a line of JSON per file, and the SHA-256 of everything
 * before it. A file that does not fit its checksum, in part or as a whole, is forgotten entirely: a changed digit in a
 * finding would otherwise become another image, and another network.
 */

import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '../base/cache-folder.node.ts'
import { sha256Of } from '../base/digest.node.ts'
import { openRegular, readRegular, writeFileAtomic } from '../base/files.node.ts'
import { decoderVersions } from './decode.node.ts'

export interface Found {
  bytes: number
  /** SHA-256 of the content, hexadecimal */
  hash: string
  width: number
  height: number
}

/** Why a file cannot be used, and whether its content is an image at all. */
export interface Refused {
  reason: string
  isImage: boolean
}

export type Finding = Found | Refused

export interface Remembered {
  /** size, times and place of the file when it was looked at */
  stamp: string
  finding: Finding
}

export interface SurveyMemory {
  /** by path relative to the root */
  files: Map<string, Remembered>
  save(): Promise<void>
}

/** Files that lists of the same folder have named before are remembered too, up to this number. */
const mostFiles = 2_000_000

/** What a memory of a root folder says; nothing where there is none, or a doubtful one. */
export async function openSurveyMemory(root: string): Promise<SurveyMemory> {
  const path = join(cacheFolder(), 'surveys', `${sha256Of(root).slice(0, 32)}.lines`)
  const header = `glasshouse survey 4, ${decoderVersions}, of ${JSON.stringify(root)}\n`
  const files = (await recall(path, header)) ?? new Map<string, Remembered>()
  return {
    files,
    // A cache that cannot be written costs time, nothing else.
    save: () => writeFileAtomic(path, encode(header, files)).catch(() => {}),
  }
}

async function recall(path: string, header: string): Promise<Map<string, Remembered> | undefined> {
  const whole = Buffer.from(header)
  let bytes: Buffer
  try {
    if (!(await beginsWith(path, whole))) return undefined
    bytes = await readRegular(path, largestMemory)
  } catch (error) {
    // Whatever stands there instead of a file, the cache is ours to clear.
    if (!isMissing(error)) await rm(path, { recursive: true, force: true }).catch(() => {})
    return undefined
  }
  const end = bytes.length - checksumLength
  if (end < whole.length) return undefined
  if (!bytes.subarray(end).equals(checksumOf([bytes.subarray(0, end)]))) return undefined
  const files = new Map<string, Remembered>()
  for (let start = whole.length; start < end; ) {
    const next = bytes.indexOf(0x0a, start)
    const line: unknown = JSON.parse(bytes.toString('utf8', start, next))
    const entry = readEntry(line)
    if (!entry) return undefined
    files.set(...entry)
    start = next + 1
  }
  return files
}

/** The findings of two million files take less. */
const largestMemory = 2 ** 30

/** Of a file that is something else, however large, no more than its beginning is read. */
async function beginsWith(path: string, start: Buffer): Promise<boolean> {
  const file = await openRegular(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(start.length), 0, start.length, 0)
    return bytesRead === start.length && buffer.equals(start)
  } finally {
    await file.close()
  }
}

const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'file-enoent'

function readEntry(line: unknown): [path: string, remembered: Remembered] | undefined {
  if (!Array.isArray(line)) return undefined
  const [path, stamp, a, b, width, height] = line as unknown[]
  if (typeof path !== 'string' || typeof stamp !== 'string') return undefined
  if (typeof a === 'string' && typeof b === 'boolean')
    return [path, { stamp, finding: { reason: a, isImage: b } }]
  if (
    typeof a !== 'number' ||
    typeof b !== 'string' ||
    typeof width !== 'number' ||
    typeof height !== 'number'
  )
    return undefined
  return [path, { stamp, finding: { bytes: a, hash: b, width, height } }]
}

/** Lines in a part of the file: one string of all of them could become longer than strings may be. */
const linesPerPart = 10_000

function encode(header: string, files: ReadonlyMap<string, Remembered>): Uint8Array[] {
  const parts: Uint8Array[] = [Buffer.from(header)]
  let lines: string[] = []
  let left = files.size
  for (const [path, { stamp, finding }] of files) {
    // The oldest are forgotten first: what was looked at now stands at the end.
    if (left-- > mostFiles) continue
    const what =
      'hash' in finding
        ? [finding.bytes, finding.hash, finding.width, finding.height]
        : [finding.reason, finding.isImage]
    lines.push(`${JSON.stringify([path, stamp, ...what])}\n`)
    if (lines.length === linesPerPart || left === 0) {
      parts.push(Buffer.from(lines.join('')))
      lines = []
    }
  }
  return [...parts, checksumOf(parts)]
}

const checksumLength = 65

function checksumOf(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return Buffer.from(`${hash.digest('hex')}\n`)
}
