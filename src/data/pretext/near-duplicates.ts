/**
 * Images that are nearly the same, also mirrored: frames of one video, copies that were stored again. Those on both
 * sides of a split let a network remember what it should learn.
 *
 * Two images are near-duplicates where at most three of 64 bits of their gradient hash differ (is a cell brighter than
 * its right neighbour?), and their thumbnails differ by a few grey levels on average. Candidates share one of four
 * 16-bit parts of the hash, so none is missed and no pair is compared without need. Groups need all pairs, mirrored ones
 * too; what only asks for the nearest of other images is `embedding/near-duplicates.ts`.
 */
import type { Picture } from '../../base/picture.ts'
import { resample } from '../prepare/resample.ts'
import { type PictureStore, pictureAt } from '../store.ts'
import { meanDifference, mirrored } from './windows.ts'

const mostBits = 3
/** In grey levels. */
const mostDifference = 6
const across = 9
const down = 8

interface Look {
  thumbnail: ReturnType<typeof resample>
  /** 64 bits as four parts of 16 */
  hash: number[]
}

export interface DuplicateFinder {
  /** the next image; its number is how many there were before */
  add(picture: Picture): void
  /** For every image the number of the first one that it is nearly the same as, by way of others too; its own where there is none. */
  groups(): Int32Array
}

/** Images are looked at one by one, and only their thumbnails and hashes are kept. */
export function duplicateFinder(): DuplicateFinder {
  const parents: number[] = []
  const rootOf = (index: number): number => {
    let root = index
    while (parents[root] !== root) root = parents[root]
    return (parents[index] = root)
  }
  const looks: Look[] = []
  const buckets = new Map<number, number[]>()
  return {
    add(picture) {
      const index = parents.length
      parents.push(index)
      const own = lookAt(picture)
      for (const look of [own, lookAt(mirrored(picture))]) {
        const candidates = new Set(look.hash.flatMap((part, at) => buckets.get(keyOf(part, at)) ?? []))
        for (const other of candidates) {
          const [a, b] = [rootOf(index), rootOf(other)]
          if (a !== b && isNear(look, looks[other])) parents[Math.max(a, b)] = Math.min(a, b)
        }
      }
      looks.push(own)
      own.hash.forEach((part, at) => {
        const bucket = buckets.get(keyOf(part, at))
        if (bucket) bucket.push(index)
        else buckets.set(keyOf(part, at), [index])
      })
    },
    groups: () => Int32Array.from(parents, (_, index) => rootOf(index)),
  }
}

/** The groups of all images of a store. */
export function nearDuplicateGroups(store: PictureStore): Int32Array {
  const finder = duplicateFinder()
  for (let index = 0; index < store.count; index++) finder.add(pictureAt(store, index))
  return finder.groups()
}

const keyOf = (part: number, at: number): number => at * 65536 + part

function lookAt(picture: Parameters<typeof resample>[0]): Look {
  const thumbnail = resample(picture, across, down)
  const grey = (x: number, y: number) => {
    const at = 3 * (y * across + x)
    return thumbnail.data[at] + thumbnail.data[at + 1] + thumbnail.data[at + 2]
  }
  const hash = [0, 0, 0, 0]
  for (let y = 0; y < down; y++)
    for (let x = 0; x < across - 1; x++)
      hash[y >> 1] = (hash[y >> 1] << 1) | (grey(x, y) < grey(x + 1, y) ? 1 : 0)
  return { thumbnail, hash }
}

function isNear(one: Look, other: Look): boolean {
  const bits = one.hash.reduce((sum, part, at) => sum + bitsIn(part ^ other.hash[at]), 0)
  return bits <= mostBits && meanDifference(one.thumbnail, other.thumbnail) <= mostDifference
}

function bitsIn(value: number): number {
  let count = 0
  for (let rest = value; rest; rest &= rest - 1) count++
  return count
}
