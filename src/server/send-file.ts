/** Sends a file: streamed, with a stamp by which a browser keeps it, and parts of it where a film asks for them. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { Context } from 'hono'
import { openRegular } from '../base/files.node.ts'

/** @param path real, and allowed to be read */
export async function sendFile(
  c: Context,
  path: string,
  { type, headers = {} }: { type: string; headers?: Record<string, string> },
): Promise<Response> {
  const file = await openRegular(path)
  try {
    const { size, mtimeMs, ino } = await file.stat()
    const tag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}-${ino.toString(36)}"`
    const all = {
      'Content-Type': type,
      ETag: tag,
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'private, no-cache',
      ...headers,
    }
    if (c.req.header('if-none-match') === tag) {
      await file.close()
      return c.body(null, 304, all)
    }
    const range = rangeOf(c.req.header('range'), size)
    if (range === 'beyond') {
      await file.close()
      return c.body(null, 416, { ...all, 'Content-Range': `bytes */${size}` })
    }
    const [start, end] = range ?? [0, size - 1]
    const length = Math.max(0, end - start + 1)
    const sized = { ...all, 'Content-Length': String(length) }
    if (c.req.method === 'HEAD' || length === 0) {
      await file.close()
      return c.body(null, 200, sized)
    }
    // The opened file, not its name, which may have become another file's meanwhile.
    const content = createReadStream('', { fd: file, start, end, highWaterMark: 2 ** 18 })
    // A reader that goes away is not a fault.
    content.on('error', () => {})
    const stream = Readable.toWeb(content) as ReadableStream<Uint8Array>
    if (!range) return c.body(stream, 200, sized)
    return c.body(stream, 206, { ...sized, 'Content-Range': `bytes ${start}-${end}/${size}` })
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
}

/** One range of bytes, both ends included; undefined where the whole file is asked for. */
function rangeOf(header: string | undefined, size: number): [number, number] | 'beyond' | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (from === undefined || (from === '' && to === '')) return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to))
  return start > end || start >= size ? 'beyond' : [start, end]
}
