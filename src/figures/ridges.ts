/** Histograms above each other on one axis, so that their shift can be seen: a ridge for each. */
import { largest } from '../base/extremes.ts'
import { classColour } from './colour-maps.ts'
import { svgDocument, textAt } from './svg.ts'

export interface Ridge {
  name: string
  /** shares of equal bins over the axis */
  bins: ArrayLike<number>
  /** marked by a line */
  mark?: number
}

export interface Ridges {
  title: string
  x: string
  /** ends of the axis, and of the bins */
  from: number
  to: number
  /** what is shown of the axis; all unless given */
  shown?: readonly [number, number]
  ridges: readonly Ridge[]
  width?: number
}

const [rowHeight, left, top] = [44, 64, 40]

export function drawRidges({ title, x, from, to, shown = [from, to], ridges, width = 380 }: Ridges): string {
  const inner = width - left - 16
  const height = top + ridges.length * rowHeight + 44
  const at = (value: number) => left + (inner * (value - shown[0])) / (shown[1] - shown[0])
  const highest = largest(
    ridges.map(({ bins }) => largest(Array.from(bins))),
    1e-9,
  )
  const parts = [textAt(12, 20, title, { size: 14, weight: 600 })]
  const bottom = top + ridges.length * rowHeight
  for (let tick = 0; tick <= 4; tick++) {
    const value = shown[0] + ((shown[1] - shown[0]) * tick) / 4
    parts.push(
      `<line x1="${at(value)}" x2="${at(value)}" y1="${top}" y2="${bottom}" stroke="#e4e4e4"/>`,
      textAt(at(value), bottom + 16, String(Number(value.toFixed(2))), {
        size: 11,
        anchor: 'middle',
        colour: '#555',
      }),
    )
  }
  ridges.forEach(({ name, bins, mark }, row) => {
    const base = top + (row + 1) * rowHeight
    const step = (to - from) / bins.length
    const points = Array.from(bins, (share, bin) => ({
      value: from + bin * step,
      y: base - (share / highest) * (rowHeight - 4),
    })).filter(({ value }) => value >= shown[0] - 1e-9 && value + step <= shown[1] + 1e-9)
    const outline = points.map(({ value, y }) => `${at(value)},${y} ${at(value + step)},${y}`).join(' ')
    const colour = classColour(row)
    parts.push(
      `<polygon points="${at(shown[0])},${base} ${outline} ${at(shown[1])},${base}" fill="${colour}" fill-opacity="0.35" stroke="${colour}"/>`,
      textAt(left - 8, base - 4, name, { size: 11, anchor: 'end', colour: '#333' }),
    )
    if (mark !== undefined)
      parts.push(
        `<line x1="${at(mark)}" x2="${at(mark)}" y1="${base - rowHeight + 6}" y2="${base}" stroke="${colour}" stroke-width="2" stroke-dasharray="4 3"/>`,
      )
  })
  parts.push(textAt(left + inner, bottom + 34, `${x} →`, { size: 12, anchor: 'end', colour: '#333' }))
  return svgDocument(width, height, parts.join(''), title)
}
