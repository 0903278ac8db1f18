/**
 * The tiles of a montage: rows and columns of equal tiles, which are given or found by their seams. A seam is a column
 * of pixels that differs from its neighbour along most of its height and in most frames; edges of things are shorter or
 * move.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { largest } from '../../base/extremes.ts'
import { medianOf, quantileOf } from '../../base/statistics.ts'
import type { Window } from '../prepare/geometry.ts'

export interface GridShape {
  rows: number
  columns: number
}

/** `2x3`: two rows of three tiles; undefined for `auto`. */
export function parseGrid(text: string): GridShape | undefined {
  if (text === 'auto') return undefined
  const [, rows, columns] = /^(\d{1,2})x(\d{1,2})$/.exec(text) ?? []
  if (Number(rows) > 0 && Number(columns) > 0) return { rows: Number(rows), columns: Number(columns) }
  throw new GlasshouseError({
    code: 'option-value',
    what: 'this is not a grid',
    path: ['options', 'grid'],
    got: `'${text}'`,
    expected: 'rows x columns, such as 2x3 for two rows of three tiles, or auto',
  })
}

/** @throws GlasshouseError 'grid-unfit' where the frame cannot be divided so */
export function tilesOf(
  { rows, columns }: GridShape,
  width: number,
  height: number,
  where: string,
): Window[] {
  if (width % columns || height % rows)
    throw new GlasshouseError({
      code: 'grid-unfit',
      what: `the frame of ${width} x ${height} pixels cannot be divided into ${rows} rows of ${columns} equal tiles`,
      where,
      expected: `rows that divide ${height} and columns that divide ${width}`,
      hint: 'Give the grid as ROWSxCOLUMNS, or cut off the border of the video first',
    })
  const size = { width: width / columns, height: height / rows }
  return Array.from({ length: rows * columns }, (_, at) => ({
    left: (at % columns) * size.width,
    top: Math.floor(at / columns) * size.height,
    ...size,
  }))
}

/** Steps between neighbours along one axis, gathered over frames. */
export interface Seams {
  /** for each column but the first, how much it differs from the one before: the median over rows, mean over frames */
  columns: Float32Array
  rows: Float32Array
}

/** @param frames red, green and blue, row-major */
export async function measureSeams(
  frames: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  width: number,
  height: number,
): Promise<Seams> {
  const across = new Float32Array(width * height)
  const down = new Float32Array(width * height)
  let count = 0
  for await (const frame of frames) {
    count++
    const step = (at: number, before: number) =>
      Math.max(
        Math.abs(frame[3 * at] - frame[3 * before]),
        Math.abs(frame[3 * at + 1] - frame[3 * before + 1]),
        Math.abs(frame[3 * at + 2] - frame[3 * before + 2]),
      )
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const at = y * width + x
        if (x > 0) across[at] += step(at, at - 1)
        if (y > 0) down[at] += step(at, at - width)
      }
  }
  const scale = 1 / Math.max(1, count)
  const columns = Float32Array.from({ length: width }, (_, x) =>
    x === 0
      ? 0
      : scale *
        quantileOf(
          Float32Array.from({ length: height }, (_, y) => across[y * width + x]),
          0.4,
        ),
  )
  const rows = Float32Array.from({ length: height }, (_, y) =>
    y === 0 ? 0 : scale * quantileOf(down.slice(y * width, (y + 1) * width), 0.4),
  )
  return { columns, rows }
}

/** Tiles along one side, at most. */
const most = 8
/** How much a seam must stand out from what lies between seams, and in grey levels. */
const standsOut = 3
const leastStep = 6
/** Faces at the same height in all tiles make lines too, but none like a seam: what a seam has at least of the strongest. */
const ofStrongest = 0.15

/** How many equal parts the steps along one axis speak for: the largest number all of whose seams stand out. */
export function partsAlong(steps: Float32Array): number {
  for (let parts = most; parts > 1; parts--)
    if (steps.length % parts === 0 && hasSeams(steps, parts)) return parts
  return 1
}

/** Whether there are seams between so many parts. */
export function hasSeams(steps: Float32Array, parts: number): boolean {
  const seams = Array.from({ length: parts - 1 }, (_, k) =>
    strengthAt(steps, ((k + 1) * steps.length) / parts),
  )
  const least = Math.max(leastStep, standsOut * usual(steps), ofStrongest * largest(steps, 0))
  return parts === 1 || Math.min(...seams) >= least
}

/** The strongest step within a pixel or two: borders of tiles are blurred by compression, or have a thin line. */
function strengthAt(steps: Float32Array, place: number): number {
  const reach = Math.max(1, Math.round(steps.length / 500))
  return Math.max(...steps.slice(Math.max(1, place - reach), place + reach + 1))
}

const usual = (steps: Float32Array): number => medianOf(steps.subarray(1))
