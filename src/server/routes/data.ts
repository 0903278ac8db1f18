/** /api/browse, /api/data, /api/image, /api/tags: files to pick, data sets to browse, images to see. */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import { openRegular } from '../../base/files.node.ts'
import { byNumber } from '../../base/names.ts'
import { splits } from '../../data/dataset.ts'
import { readPicture } from '../../data/decode.node.ts'
import { kindOfFile } from '../../data/image-kinds.ts'
import { encodePng } from '../../figures/files.node.ts'
import { isRunFolder, readRecord } from '../../runs/folder.node.ts'
import { augmentations } from '../../runs/train-options.ts'
import type { DataSummary, FolderEntry, FolderListing, ImagePage } from '../api.ts'
import { augmented } from '../augmented.ts'
import { createDuplicates } from '../duplicates.ts'
import type { Folders } from '../folders.ts'
import { kindNamed } from '../media-types.ts'
import { bodyOf, choiceOr, numberOr, word, wordOr } from '../request.ts'
import { runPlace } from '../run-detail.ts'
import { sendFile } from '../send-file.ts'
import type { Studio } from '../studio.ts'
import { createTagStore } from '../tags.ts'
import { createThumbs } from '../thumbs.ts'

const tagChange = z.object({
  data: z.string().min(1),
  tag: z.string().trim().min(1).max(80),
  add: z.array(z.string().max(4096)).max(200_000).optional(),
  remove: z.array(z.string().max(4096)).max(200_000).optional(),
})

/** An image is nothing to run, whatever its bytes say. */
const imagePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

export const dataRoutes = (studio: Studio): Hono => {
  const { folders, indexes, own } = studio
  const duplicates = createDuplicates(studio)
  const thumbs = createThumbs()
  const tags = createTagStore(own)
  const imageOf = (c: Context) => indexes.image(wordOr(c, 'data', undefined), word(c, 'path'))
  return new Hono()
    .get('/api/browse', async c => c.json(await listingOf(folders, wordOr(c, 'path', undefined))))
    .get('/api/data', async c => {
      const data = word(c, 'data')
      const { summary } = await indexes.open(data)
      const path = await folders.allowed(data)
      const known = (await tags.of(path)).tags.map(({ name }) => name)
      return c.json({ path, ...summary, tags: known } satisfies DataSummary)
    })
    .get('/api/data/images', async c => {
      const data = word(c, 'data')
      const { images } = await indexes.open(data)
      const split = choiceOr(c, 'split', ['all', ...splits], 'all')
      const label = wordOr(c, 'class', undefined)
      const tag = wordOr(c, 'tag', undefined)
      const search = wordOr(c, 'search', '').toLowerCase()
      const tagged =
        tag === undefined
          ? undefined
          : new Set((await tags.of(await folders.allowed(data))).tags.find(({ name }) => name === tag)?.paths)
      const found = images.filter(
        image =>
          (split === 'all' || image.split === split) &&
          (label === undefined || image.label === label) &&
          (tagged === undefined || tagged.has(image.path)) &&
          (search === '' ||
            image.path.toLowerCase().includes(search) ||
            image.label.toLowerCase().includes(search)),
      )
      const offset = numberOr(c, 'offset', 0)
      const count = numberOr(c, 'count', 200, { least: 1, most: 5000 })
      return c.json({
        total: found.length,
        offset,
        images: found.slice(offset, offset + count),
      } satisfies ImagePage)
    })
    .get('/api/data/duplicates', async c => c.json(await duplicates.of(word(c, 'data'))))
    .get('/api/data/augmented', async c => {
      const path = await imageOf(c)
      const run = wordOr(c, 'run', undefined)
      const plan =
        run === undefined ? planNamed(c) : (await readRecord(await runPlace(folders, run))).training
      const [seed, epoch] = [numberOr(c, 'seed', 0), numberOr(c, 'epoch', 1)]
      const bytes = await encodePng(
        await augmented(await readPicture(path, { resize: { square: plan.storedSize } }), plan, seed, epoch),
      )
      return c.body(new Uint8Array(bytes), 200, {
        'Content-Type': 'image/png',
        'Cache-Control': 'private, max-age=600',
      })
    })
    .get('/api/image/thumb', async c => {
      const path = await imageOf(c)
      const { tag, made } = await thumbs.of(path, numberOr(c, 'size', 128, { least: 8, most: 1024 }))
      const headers = {
        ETag: tag,
        'Cache-Control': 'private, max-age=600',
        'Content-Security-Policy': imagePolicy,
      }
      if (c.req.header('if-none-match') === tag) return c.body(null, 304, headers)
      const { bytes, type } = await made(c.req.raw.signal)
      return c.body(new Uint8Array(bytes), 200, { ...headers, 'Content-Type': type })
    })
    .get('/api/image', async c => {
      const path = await imageOf(c)
      const kind = await kindAt(path)
      const headers = { 'Content-Security-Policy': imagePolicy }
      if (kind !== 'tiff') return sendFile(c, path, { type: `image/${kind}`, headers })
      // No browser shows TIFF.
      const bytes = await encodePng(await readPicture(path))
      return c.body(new Uint8Array(bytes), 200, { ...headers, 'Content-Type': 'image/png' })
    })
    .get('/api/tags', async c => c.json(await tags.of(await folders.allowed(word(c, 'data')))))
    .post('/api/tags', async c => {
      const { data, ...change } = await bodyOf(c, tagChange, { mostBytes: 16 * 2 ** 20 })
      return c.json(await tags.change(await folders.allowed(data), change))
    })
}

function planNamed(c: Context) {
  const name = choiceOr(c, 'augment', Object.keys(augmentations) as (keyof typeof augmentations)[], 'none')
  const size = numberOr(c, 'size', 64, { least: 8, most: 512 })
  const augmentation = augmentations[name](size)
  return { augmentation, storedSize: name === 'none' ? size : Math.round((size * 7) / 6) }
}

/** The kind of an image by its first bytes. @throws GlasshouseError where it is none that is read */
async function kindAt(path: string): Promise<string> {
  const file = await openRegular(path)
  try {
    const start = Buffer.alloc(512)
    const { bytesRead } = await file.read(start, 0, start.length, 0)
    const kind = kindOfFile(start.subarray(0, bytesRead))
    if (typeof kind === 'string') return kind
    throw new GlasshouseError({
      code: 'not-an-image',
      what: 'this is not an image that can be shown',
      where: basename(path),
      got: kind?.name,
    })
  } finally {
    await file.close()
  }
}

/** A picker shows as many as a person reads. */
const mostEntries = 2000

async function listingOf(folders: Folders, path: string | undefined): Promise<FolderListing> {
  if (path === undefined) {
    const roots = [...new Set([folders.runs, ...folders.roots])]
    return { entries: roots.map(root => ({ name: basename(root), path: root, kind: 'folder' })), left: 0 }
  }
  const place = await folders.allowed(path)
  const entries: FolderEntry[] = []
  for (const entry of await readdir(place, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const found = await folders.allowed(join(place, entry.name)).catch(() => undefined)
    const stats = found === undefined ? undefined : await stat(found).catch(() => undefined)
    if (!found || !stats) continue
    const own = { name: entry.name, path: join(place, entry.name) }
    if (stats.isDirectory()) entries.push({ ...own, kind: isRunFolder(found) ? 'run' : 'folder' })
    const kind = stats.isFile() ? kindNamed(entry.name) : undefined
    if (kind) entries.push({ ...own, kind, bytes: stats.size })
  }
  entries.sort((a, b) => order(a) - order(b) || byNumber(a.name, b.name))
  const parent = dirname(place)
  const isTop = !(await folders.wouldAllow(parent))
  return {
    path: place,
    ...(!isTop && { parent }),
    entries: entries.slice(0, mostEntries),
    left: Math.max(0, entries.length - mostEntries),
  }
}

const order = ({ kind }: FolderEntry): number => (kind === 'folder' || kind === 'run' ? 0 : 1)
