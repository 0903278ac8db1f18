/**
 * The images of a data set by their names, as its layout gives them before anything is opened: that is quick enough to
 * browse 100,000 of them. Kept for the data sets that were asked for last, as long as their folders stay as they are.
 *
 * A data set may come from somebody else. One that holds a link that leads out of the allowed folders is refused as a
 * whole, before any of its files is opened.
 */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { joined } from '../base/concurrent.ts'
import { GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'
import { splits } from '../data/dataset.ts'
import { namedLikeImage } from '../data/image-kinds.ts'
import { findLayout } from '../data/layout.node.ts'
import type { DataImage, DataSummary } from './api.ts'
import type { Folders } from './folders.ts'

export interface DataIndex {
  /** the folder that paths start from */
  root: string
  images: readonly DataImage[]
  /** the list that names the images, and the line of each, where there is one */
  list?: { path: string; lines: Int32Array }
  summary: Omit<DataSummary, 'tags' | 'path'>
}

export interface DataIndexes {
  /** @throws GlasshouseError where there is no data that may be read */
  open(data: string): Promise<DataIndex>
  /** The real path of an image of a data set, or of an image alone. */
  image(data: string | undefined, path: string): Promise<string>
}

const mostKept = 4
/** Milliseconds for which nobody looks whether folders have changed. */
const trustFor = 3000
/** Of a data set; more is no data set but a disk. */
const mostEntries = 5_000_000

export function createDataIndexes(folders: Folders): DataIndexes {
  const kept = new Map<string, Kept>()
  /** The ones that were asked for last stand last. */
  const keep = (place: string, found: Kept) => {
    kept.delete(place)
    kept.set(place, found)
    for (const oldest of [...kept.keys()].slice(0, -mostKept)) kept.delete(oldest)
  }
  const read = async (place: string): Promise<Kept> => {
    const before = kept.get(place)
    if (
      before &&
      (performance.now() - before.looked < trustFor || (await stampOf(before.folders)) === before.stamp)
    ) {
      before.looked = performance.now()
      keep(place, before)
      return before
    }
    const visited = await foldersIn(place, folders)
    const found = {
      ...(await indexOf(place)),
      folders: visited,
      stamp: await stampOf(visited),
      looked: performance.now(),
    }
    keep(place, found)
    return found
  }
  const reading = joined<Kept>()
  const open = async (data: string) => {
    const place = await folders.allowed(data)
    return reading(place, () => read(place))
  }
  return {
    open,
    async image(data, path) {
      if (data === undefined) return folders.allowed(path)
      const place = await folders.allowed(data)
      const root = (await stat(place)).isFile() ? dirname(place) : place
      return folders.allowed(join(root, path)).catch(async error => {
        // Data sets of the literature have their images in a folder of theirs.
        const index = await open(data).catch(() => undefined)
        if (!index || index.root === root) throw error
        return folders.allowed(join(index.root, path))
      })
    },
  }
}

interface Kept extends DataIndex {
  folders: string[]
  stamp: string
  looked: number
}

async function indexOf(place: string): Promise<DataIndex> {
  const { root, list, candidates, notes, unreadable } = await findLayout(place, true)
  const found = candidates
    .filter(({ path, line }) => line !== undefined || namedLikeImage(path))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const images = found.map(({ path, label, split, role }, index) => ({
    index,
    path,
    label,
    ...(split && { split }),
    ...(role && { role }),
  }))
  const classes = new Map<string, DataSummary['classes'][number]>()
  for (const { label, split } of images) {
    const entry = classes.get(label) ?? { name: label, images: 0, splits: {} }
    entry.images++
    if (split) entry.splits[split] = (entry.splits[split] ?? 0) + 1
    classes.set(label, entry)
  }
  const listed = [...classes.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    root,
    images,
    ...(list !== undefined && {
      list: { path: list, lines: Int32Array.from(found, ({ line = 0 }) => line) },
    }),
    summary: {
      classes: listed,
      splits: splits.filter(split => listed.some(entry => entry.splits[split])),
      images: images.length,
      notes: [...notes, ...unreadable.slice(0, 20).map(({ path, reason }) => `${path}: ${reason}`)],
    },
  }
}

/** All folders below a data set. @throws GlasshouseError 'outside-folders' where a link leads out of what may be read */
async function foldersIn(place: string, folders: Folders): Promise<string[]> {
  if ((await stat(place)).isFile()) return [place]
  const visited = new Set<string>()
  const waiting = [place]
  let entries = 0
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (visited.has(folder)) continue
    visited.add(folder)
    const found: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(error => {
      throw fileError(error, folder as string)
    })
    entries += found.length
    if (entries > mostEntries)
      throw new GlasshouseError({
        code: 'data-form',
        what: 'this folder holds far more than a data set',
        where: place,
        hint: 'Name the folder above the class folders',
      })
    for (const entry of found) {
      if (entry.name.startsWith('.')) continue
      const path = join(folder, entry.name)
      if (entry.isSymbolicLink()) await followed(path, folders, waiting)
      else if (entry.isDirectory()) waiting.push(path)
    }
  }
  return [...visited]
}

async function followed(path: string, folders: Folders, waiting: string[]): Promise<void> {
  const target = await folders.allowed(path).catch(error => {
    if (error instanceof GlasshouseError && error.code === 'file-enoent') return undefined
    throw error instanceof GlasshouseError ? escapes(path) : error
  })
  if (target !== undefined && (await stat(target)).isDirectory()) waiting.push(target)
}

const escapes = (where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'outside-folders',
    what: 'this link in the data leads out of the folders that the studio may read',
    where,
    hint: 'Start the studio with --data and the folder that it leads to, or remove the link',
  })

/** Changes when something is added to a folder, or taken from it. */
async function stampOf(folders: readonly string[]): Promise<string> {
  const stamps: string[] = []
  for (const folder of folders) {
    const found = await stat(folder).catch(() => undefined)
    stamps.push(found ? `${found.ino} ${found.mtimeMs} ${found.size}` : 'gone')
  }
  return stamps.join(', ')
}
