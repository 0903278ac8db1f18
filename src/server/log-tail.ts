/**
 * The end of a run's log, followed by looking at the file again and again: that works for runs that another process or
 * another machine trains. Lines are taken whole; a log that was cut back, because its run was resumed, is read from its
 * start.
 */
import { open, stat } from 'node:fs/promises'
import { parseLog } from '../runs/log.node.ts'
import type { LogLine } from '../runs/record.ts'

/** At most so much is read at once. */
const most = 2 ** 18

export interface TailPart {
  lines: LogLine[]
  /** where to go on */
  next: number
  /** what was read before is void */
  reset: boolean
  /** there is more to read at once */
  more: boolean
}

/** Where a reader stands: how far it has read, and in which file. */
export interface TailPlace {
  offset: number
  /** of the file that the offset is in; undefined before anything was read */
  file?: number
}

/** What was written since `place`, which is moved on; undefined where nothing was. */
export async function readTail(path: string, place: TailPlace): Promise<TailPart | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) return undefined
  const { size, ino } = found
  const reset = size < place.offset || (place.file !== undefined && place.file !== ino)
  if (reset) place.offset = 0
  place.file = ino
  if (size <= place.offset) return reset ? { lines: [], next: 0, reset, more: false } : undefined
  const text = await readPart(path, place.offset, Math.min(most, size - place.offset))
  const end = text.lastIndexOf(10) + 1
  // A single line that long is none that train has written.
  if (end === 0 && text.length < most) return undefined
  place.offset += end || text.length
  const { lines } = parseLog(text.subarray(0, end).toString('utf8'))
  return { lines, next: place.offset, reset, more: place.offset < size && text.length === most }
}

/** At most `length` bytes from `from` on; fewer at the end of the file. */
export async function readPart(path: string, from: number, length: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await file.read(buffer, 0, length, from)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
