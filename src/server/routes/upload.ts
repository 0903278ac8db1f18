/** /api/upload: images and models from the reader's disk, into the studio's own folder. */
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Hono } from 'hono'
import { GlasshouseError } from '../../base/errors.ts'
import { lastPart } from '../../base/names.ts'
import type { Uploaded } from '../api.ts'
import { kindNamed } from '../media-types.ts'
import { chunksOf, word } from '../request.ts'
import type { Studio } from '../studio.ts'

/** In bytes: of one file, and of all of them together. */
export const mostUploaded = 2 * 2 ** 30
const mostKept = 8 * 2 ** 30
/** Milliseconds between two parts of a file, and for all of it. */
const [patience, deadline] = [20_000, 30 * 60_000]

export const uploadsFolder = (own: string): string => join(own, 'uploads')

export const uploadRoutes = ({ own }: Studio): Hono => {
  const folder = uploadsFolder(own)
  let underWay = 0
  return new Hono().post('/api/upload', async c => {
    const name = safeName(word(c, 'name'))
    const kind = kindNamed(name)
    if (kind === undefined || kind === 'video')
      throw new GlasshouseError({
        code: 'upload-kind',
        what: 'files of this kind are of no use here',
        path: ['name'],
        expected: 'an image, a model, vectors, a list, or a text',
        got: name,
      })
    if (underWay >= 4)
      throw new GlasshouseError({
        code: 'busy',
        what: 'other files are being uploaded',
        hint: 'Try again when they are here',
        fault: 'machine',
      })
    underWay++
    const place = join(folder, randomBytes(6).toString('hex'))
    const part = join(place, `${name}.part`)
    try {
      const left = mostKept - (await sizeOf(folder))
      await mkdir(place, { recursive: true })
      const chunks = chunksOf(c, { mostBytes: Math.max(0, Math.min(mostUploaded, left)), patience, deadline })
      await pipeline(Readable.from(chunks), createWriteStream(part, { flags: 'wx' }))
      const path = join(place, name)
      await rename(part, path)
      return c.json({ path, bytes: (await stat(path)).size, kind } satisfies Uploaded)
    } catch (error) {
      await rm(place, { recursive: true, force: true })
      throw error
    } finally {
      underWay--
    }
  })
}

/** The last part of a name, of characters that mean nothing to a shell, a path or a page. */
function safeName(name: string): string {
  const last = lastPart(name)
  const ending = /\.[a-z0-9]{1,12}$/i.exec(last)?.[0] ?? ''
  const stem = last.slice(0, last.length - ending.length).replace(/[^\p{L}\p{N} _.-]+/gu, '_')
  return `${
    stem
      .replace(/^[. ]+/, '')
      .slice(0, 60)
      .trim() || 'file'
  }${ending.toLowerCase()}`
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder, { recursive: true }).catch(() => []))
    bytes += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0
  return bytes
}
