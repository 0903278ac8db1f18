/**
 * How alike images are at a layer, by the scale at which it is looked at and within a mask ("Abby's Mask").
 *
 * Maps (C, h, w) are reduced to g x g blocks by area averages, a mask on a coarse grid multiplied in before, and
 * compared by the cosine of all their numbers. At g = 1 this is the masked mean. The further maps are averaged,
 * the more every image comes near the same expected values, and the more alike all images look; subtracting
 * the mean over the images before the cosine takes that part away.
 */
import type { FeatureMaps } from '../maps/feature-maps.ts'

export const variants = ['shared', 'own', 'itself'] as const
/**
 * shared: the first image's mask on both; own: each its own; itself: an image within its mask against all of it
 */
export type Variant = (typeof variants)[number]

/** Masks are given on a square grid of this side, over what the network sees. */
export const maskGrid = 8

export interface ScaleSimilarity {
  layer: string
  /** blocks along a side */
  scale: number
  /** cosines of all pairs, or of every image with itself */
  cosines: Float64Array
  /** the same with the mean over the images taken away */
  meanRemoved: Float64Array
}

/** Averages over equal areas of the square: one (from x from) plane becomes (to x to). Any two sides. */
export function areaResample(
  plane: ArrayLike<number>,
  height: number,
  width: number,
  to: number,
): Float64Array {
  return averages(
    plane,
    width,
    overlaps(height, evenSpans(height, to)),
    overlaps(width, evenSpans(width, to)),
  )
}

function averages(
  plane: ArrayLike<number>,
  width: number,
  rows: Overlap[][],
  columns: Overlap[][],
): Float64Array {
  const to = columns.length
  const result = new Float64Array(rows.length * to)
  rows.forEach((ys, y) => {
    columns.forEach((xs, x) => {
      let sum = 0
      for (const [row, h] of ys) for (const [column, w] of xs) sum += h * w * plane[row * width + column]
      result[y * to + x] = sum
    })
  })
  return result
}

type Overlap = [cell: number, share: number]
type Span = readonly [start: number, end: number]

const evenSpans = (from: number, to: number): Span[] =>
  Array.from({ length: to }, (_, target) => [(target * from) / to, ((target + 1) * from) / to] as const)

/** For every span, the source cells (of one unit each, from 0 on) that it overlaps and their shares of it. */
function overlaps(from: number, spans: readonly Span[]): Overlap[][] {
  return spans.map(([low, high]) => {
    // A span beyond the last cell has that cell's value.
    const start = Math.min(Math.max(low, 0), from - 1e-6)
    const end = Math.max(Math.min(high, from), start + 1e-6)
    const cells: Overlap[] = []
    for (let cell = Math.floor(start); cell < Math.min(from, Math.ceil(end - 1e-9)); cell++)
      cells.push([cell, (Math.min(end, cell + 1) - Math.max(start, cell)) / (end - start)])
    return cells
  })
}

/**
 * A mask over the image on blocks of a layer's cells: each block has the mean of the mask over the part of the image
 * that its cells look at.
 */
export function maskOnBlocks(
  mask: ArrayLike<number>,
  { grid, size }: Pick<FeatureMaps, 'grid' | 'size'>,
  blocks: number,
): Float64Array {
  const spans = (side: 0 | 1): Span[] => {
    const cells = side ? grid.width : grid.height
    const scale = maskGrid / size
    return evenSpans(cells, blocks).map(([first, end]) => {
      const edge = (cell: number) => (grid.centre[side] + (cell - 0.5) * grid.stride[side] + 0.5) * scale
      return [edge(first), edge(end)].sort((a, b) => a - b) as [number, number]
    })
  }
  return averages(mask, maskGrid, overlaps(maskGrid, spans(0)), overlaps(maskGrid, spans(1)))
}

/** Cosines at every scale that the layer is fine enough for. masks: maskGrid x maskGrid per image, 0 to 1. */
export function scaleSimilarities(
  layer: string,
  { maps, channels, height, width, grid: cells, size }: FeatureMaps,
  masks: readonly ArrayLike<number>[],
  scales: readonly number[],
  variant: Variant,
): ScaleSimilarity[] {
  const finest = Math.min(height, width)
  const usable = scales.filter(scale => scale <= finest)
  // Everything coarser follows from the finest grid that a scale or the mask can tell apart.
  const grid = Math.min(finest, Math.max(maskGrid, ...usable))
  const places = height * width
  const reduced = maps.map(map =>
    Array.from({ length: channels }, (_, channel) =>
      areaResample(map.subarray(channel * places, (channel + 1) * places), height, width, grid),
    ),
  )
  const placed = masks.map(mask => maskOnBlocks(mask, { grid: cells, size }, grid))
  const whole = new Float64Array(grid * grid).fill(1)
  return usable.map(scale => {
    const vector = (picture: number, mask: Float64Array) => blocksOf(reduced[picture], mask, grid, scale)
    const pairs = pairsOf(maps.length, variant, vector, placed, whole)
    return { layer, scale, ...cosinesOf(pairs) }
  })
}

/** One image's masked block means: scale x scale x channels numbers. */
function blocksOf(
  planes: readonly Float64Array[],
  mask: Float64Array,
  grid: number,
  scale: number,
): Float64Array {
  const blocks = new Float64Array(planes.length * scale * scale)
  planes.forEach((plane, channel) => {
    const masked = plane.map((value, at) => value * mask[at])
    blocks.set(areaResample(masked, grid, grid, scale), channel * scale * scale)
  })
  return blocks
}

type Pair = readonly [Float64Array, Float64Array]

function pairsOf(
  count: number,
  variant: Variant,
  vector: (picture: number, mask: Float64Array) => Float64Array,
  masks: readonly Float64Array[],
  whole: Float64Array,
): Pair[] {
  const pictures = Array.from({ length: count }, (_, index) => index)
  if (variant === 'itself') return pictures.map(i => [vector(i, masks[i]), vector(i, whole)] as const)
  const own = pictures.map(i => vector(i, masks[i]))
  return pictures.flatMap(i =>
    pictures.slice(i + 1).map(j => [own[i], variant === 'own' ? own[j] : vector(j, masks[i])] as const),
  )
}

function cosinesOf(pairs: readonly Pair[]): Pick<ScaleSimilarity, 'cosines' | 'meanRemoved'> {
  const [one, other] = [0, 1].map(side => meanOf(pairs.map(pair => pair[side])))
  return {
    cosines: Float64Array.from(pairs, ([a, b]) => cosine(a, b)),
    meanRemoved: Float64Array.from(pairs, ([a, b]) => cosine(minus(a, one), minus(b, other))),
  }
}

function meanOf(vectors: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(vectors[0]?.length ?? 0)
  for (const vector of vectors)
    vector.forEach((value, at) => {
      mean[at] += value / vectors.length
    })
  return mean
}

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, at) => value - b[at])

/** 0 where either has no length. */
function cosine(a: Float64Array, b: Float64Array): number {
  let [dot, squareA, squareB] = [0, 0, 0]
  for (let at = 0; at < a.length; at++) {
    dot += a[at] * b[at]
    squareA += a[at] * a[at]
    squareB += b[at] * b[at]
  }
  return squareA && squareB ? dot / Math.sqrt(squareA * squareB) : 0
}

/** The most frequent value, as the middle of its bin, and its share; bins of 0.02 from -1 to 1. */
export function modeOf(cosines: ArrayLike<number>): { mode: number; peak: number } {
  const counts = histogramOf(cosines)
  const best = counts.reduce((top, count, bin) => (count > counts[top] ? bin : top), 0)
  return { mode: -1 + 0.02 * (best + 0.5), peak: counts[best] }
}

/** Shares of 100 equal bins from -1 to 1. */
export function histogramOf(cosines: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(100)
  for (let i = 0; i < cosines.length; i++)
    counts[Math.min(99, Math.max(0, Math.floor((cosines[i] + 1) / 0.02)))] += 1 / cosines.length
  return counts
}
