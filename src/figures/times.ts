/** Values over time as colours: of every pair of moments, or in a row for each of several series. */
import type { Picture } from '../base/picture.ts'
import { colourIndex, colourTable } from './colour-maps.ts'
import { svgDocument, textAt } from './svg.ts'

export interface TimesPlot {
  title: string
  /** cells along a side */
  side: number
  /** data URI of `timesImage` */
  image: string
  /** of each row and column */
  seconds: readonly number[]
}

/** Cells as an image; colours from the second percentile to nearly the highest value. */
export function timesImage(values: ArrayLike<number>, width: number, height = width): Picture {
  const sorted = Float64Array.from(values).sort()
  const bound = (share: number) => sorted[Math.round(share * (sorted.length - 1))]
  const [low, high] = [bound(0.02), bound(0.995)]
  const table = colourTable('viridis')
  const data = new Uint8Array(3 * width * height)
  for (let at = 0; at < width * height; at++) {
    const index = 3 * colourIndex(values[at], low, high)
    data.set(table.subarray(index, index + 3), 3 * at)
  }
  return { width, height, data }
}

const extent = 480
const [left, top] = [52, 40]

export function drawTimes({ title, side, image, seconds }: TimesPlot): string {
  const ticks = Array.from({ length: 6 }, (_, k) => Math.round((k * (side - 1)) / 5))
  const place = (at: number) => ((at + 0.5) * extent) / side
  const parts = [
    textAt(12, 20, title, { size: 14, weight: 600 }),
    `<image x="${left}" y="${top}" width="${extent}" height="${extent}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${image}"/>`,
    ...ticks.flatMap(at => [
      textAt(left + place(at), top + extent + 18, seconds[at].toFixed(0), {
        size: 12,
        anchor: 'middle',
        colour: '#333',
      }),
      textAt(left - 8, top + place(at) + 4, seconds[at].toFixed(0), {
        size: 12,
        anchor: 'end',
        colour: '#333',
      }),
    ]),
    textAt(left + extent / 2, top + extent + 38, 'seconds of one person →, of another ↓', {
      ...{ size: 12, anchor: 'middle', colour: '#333' },
    }),
  ]
  return svgDocument(left + extent + 20, top + extent + 50, parts.join(''), title)
}

export interface RowsPlot {
  title: string
  /** one for each row */
  names: readonly string[]
  /** data URI of `timesImage`, a row of cells for each name */
  image: string
  /** how long the rows are */
  seconds: number
}

const rowHeight = 22
const [nameWidth, rowWidth] = [72, 620]

export function drawRows({ title, names, image, seconds }: RowsPlot): string {
  const height = rowHeight * names.length
  const ticks = Array.from({ length: 6 }, (_, k) => (k * seconds) / 5)
  const parts = [
    textAt(12, 20, title, { size: 14, weight: 600 }),
    `<image x="${nameWidth}" y="${top}" width="${rowWidth}" height="${height}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${image}"/>`,
    ...names.map((name, row) =>
      textAt(nameWidth - 8, top + (row + 0.5) * rowHeight + 4, name, {
        size: 12,
        anchor: 'end',
        colour: '#333',
      }),
    ),
    ...ticks.map(at =>
      textAt(nameWidth + (at * rowWidth) / seconds, top + height + 18, at.toFixed(seconds < 20 ? 1 : 0), {
        ...{ size: 12, anchor: 'middle', colour: '#333' },
      }),
    ),
    textAt(nameWidth + rowWidth / 2, top + height + 36, 'seconds →', {
      size: 12,
      anchor: 'middle',
      colour: '#333',
    }),
  ]
  return svgDocument(nameWidth + rowWidth + 28, top + height + 48, parts.join(''), title)
}
