/** Near-duplicates of a data set, looked for once, while the page asks how far it is. */
import { join } from 'node:path'
import { messageOf } from '../base/errors.ts'
import { readPicture } from '../data/decode.node.ts'
import { duplicateFinder } from '../data/pretext/near-duplicates.ts'
import type { Duplicates } from './api.ts'
import type { DataIndex } from './data-index.ts'
import type { Studio } from './studio.ts'

/** Sides of the images that are compared; their hash sees nine by eight. */
const side = 32
/** Images that are decoded at the same time. */
const atOnce = 4
const mostGroups = 1000

export interface DuplicateSearch {
  of(data: string): Promise<Duplicates>
}

export function createDuplicates({
  indexes,
  folders,
  work: { signal },
}: Pick<Studio, 'indexes' | 'folders' | 'work'>): DuplicateSearch {
  // Where the data changes it has another index, and is looked through again.
  const known = new WeakMap<DataIndex['images'], Duplicates>()
  const look = async ({ root, images }: DataIndex, found: Duplicates) => {
    const finder = duplicateFinder()
    const readable: number[] = []
    for (let from = 0; from < images.length; from += atOnce) {
      const some = images.slice(from, from + atOnce)
      const pictures = await Promise.all(
        some.map(async ({ path }) => {
          // What is no image, or may not be read, is like no other.
          const place = await folders.allowed(join(root, path)).catch(() => undefined)
          return place && readPicture(place, { resize: { width: side, height: side } }).catch(() => undefined)
        }),
      )
      signal.throwIfAborted()
      pictures.forEach((picture, at) => {
        if (!picture) return
        readable.push(from + at)
        finder.add(picture)
      })
      found.done = from + some.length
    }
    const members = new Map<number, number[]>()
    finder.groups().forEach((first, at) => {
      const own = members.get(first)
      if (own) own.push(readable[at])
      else members.set(first, [readable[at]])
    })
    const groups = [...members.values()].filter(({ length }) => length > 1)
    groups.sort((a, b) => b.length - a.length || a[0] - b[0])
    found.groups = groups.slice(0, mostGroups).map(group => group.map(at => images[at]))
    found.left = Math.max(0, groups.length - mostGroups)
  }
  return {
    async of(data) {
      const index = await indexes.open(data)
      const before = known.get(index.images)
      if (before) return before
      const found: Duplicates = { done: 0, of: index.images.length }
      known.set(index.images, found)
      look(index, found).catch(error => {
        found.fault = messageOf(error)
        // Whoever asks again begins again.
        known.delete(index.images)
      })
      return found
    },
  }
}
