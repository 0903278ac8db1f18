/**
 * Do maps follow the image? An image that is turned should have its hottest place turned with it. A map that stays where
 * it was, or that goes anywhere, says little about the image.
 */
import { medianOf } from '../../base/statistics.ts'
import type { Grid } from '../../graph/receptive-field/grid.ts'
import { both, type Point } from '../../graph/receptive-field/places.ts'
import { rankCorrelation } from './sanity.ts'

export const turns = ['turned', 'mirrored'] as const
/** by 180 degrees; left and right exchanged */
export type Turn = (typeof turns)[number]

/** Prepared images (n, 3, size, size), each turned. */
export function turnedImages(images: Float32Array, size: number, turn: Turn): Float32Array {
  const run = turn === 'turned' ? size * size : size
  const result = new Float32Array(images.length)
  for (let start = 0; start < images.length; start += run)
    for (let at = 0; at < run; at++) result[start + at] = images[start + run - 1 - at]
  return result
}

/** A place on the turned image where it was before. */
export const turnedBack = ([down, across]: Point, size: number, turn: Turn): Point =>
  turn === 'turned' ? [size - 1 - down, size - 1 - across] : [down, size - 1 - across]

/** Whether the cells lie evenly about the middle of the image, so that a turned map has its cells where the map has. */
const isCentred = ({ height, width, centre, stride }: Grid, size: number): boolean =>
  both(side => centre[side] + (stride[side] * ([height, width][side] - 1)) / 2).every(
    (middle, side) => Math.abs(middle - (size - 1) / 2) < Math.abs(stride[side]) / 4,
  )

/** The map of a turned image, turned back; undefined where its cells would lie elsewhere. */
export function mapTurnedBack(
  map: Float32Array,
  grid: Grid,
  size: number,
  turn: Turn,
): Float32Array | undefined {
  if (!isCentred(grid, size)) return undefined
  const run = turn === 'turned' ? map.length : grid.width
  return map.map((_, at) => map[at - (at % run) + run - 1 - (at % run)])
}

/** The hottest place of a map, and where that of the turned image lies when it is turned back; and the maps themselves. */
export interface Pair {
  before: Point
  after: Point
  maps?: { before: Float32Array; after: Float32Array }
}

export interface Following {
  /** share of the images whose hottest place follows to within one cell along either side */
  share: number
  /** the same share for the hottest places of different images: what chance gives; undefined for a single image */
  chance?: number
  /** pixels between where the hottest place was and where it went, in the middle case */
  median: number
  /** rank correlation of the whole maps, in the middle case, and that of the maps of different images */
  correlation?: { own: number; other?: number }
  images: number
}

export function followingOf(pairs: readonly Pair[], { stride }: Grid): Following | undefined {
  if (pairs.length === 0) return undefined
  const follows = (before: Point, after: Point) =>
    ([0, 1] as const).every(side => Math.abs(before[side] - after[side]) <= Math.abs(stride[side]) + 1e-6)
  const distances = pairs.map(({ before, after }) => Math.hypot(before[0] - after[0], before[1] - after[1]))
  const share = pairs.filter(({ before, after }) => follows(before, after)).length / pairs.length
  const others = pairs.flatMap(({ before }, i) =>
    // A few partners for each image: their number grows with the images, not its square.
    [1, 2, 3, 5, 8, 13].flatMap(step => {
      const j = (i + step) % pairs.length
      return j === i || step >= pairs.length ? [] : [follows(before, pairs[j].after)]
    }),
  )
  return {
    share,
    ...(others.length && { chance: others.filter(Boolean).length / others.length }),
    median: medianOf(distances),
    ...correlationsOf(pairs),
    images: pairs.length,
  }
}

function correlationsOf(pairs: readonly Pair[]): Pick<Following, 'correlation'> {
  const maps = pairs.flatMap(({ maps }) => maps ?? [])
  if (maps.length === 0) return {}
  const own = maps.map(({ before, after }) => rankCorrelation(before, after))
  const others = maps.flatMap(({ before }, i) =>
    maps.length > 1 ? rankCorrelation(before, maps[(i + 1) % maps.length].after) : [],
  )
  return { correlation: { own: medianOf(own), ...(others.length && { other: medianOf(others) }) } }
}
