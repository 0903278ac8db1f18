/**
 * One panel of the triplet scatter as SVG: axes, the diagonal, the names of the regions, the update field. The page
 * puts a canvas with the dots between `back` and `front`; a still draws them as paths.
 */
import { largest } from '../../base/extremes.ts'
import { drawArrows } from '../../figures/arrows.ts'
import { svgDocument, textAt } from '../../figures/svg.ts'
import { type FieldName, fieldSide, fields, updateField } from './field.ts'

/** In pixels of the drawing; the plot itself is a square. */
export const geometry = { width: 480, height: 494, left: 54, top: 26, side: 412 } as const

/** As in the first published scatters: the nearest neighbour is a classmate, or it is not. */
export const dotColours = { right: '#00a3a3', wrong: '#f26b21' } as const

export interface Dot {
  x: number
  y: number
  right: boolean
}

/** From a similarity to pixels, for axes from `low` to 1. */
export function scales(low: number): { x(value: number): number; y(value: number): number } {
  const { left, top, side } = geometry
  const share = (value: number) => (value - low) / (1 - low)
  return { x: value => left + side * share(value), y: value => top + side * (1 - share(value)) }
}

const round = (value: number): string => String(Math.round(value * 10) / 10)

/** Frame, ticks, diagonal, axis labels, and every field asked for in a group of its own. */
export function panelBack(low: number, shown: readonly FieldName[], visible?: FieldName): string {
  const { left, top, side } = geometry
  const { x, y } = scales(low)
  const ticks = Array.from({ length: 21 }, (_, i) => (i - 10) / 5).filter(value => value >= low && value <= 1)
  const bottom = top + side
  return [
    `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="#fff" stroke="#c9cfd4"/>`,
    ...ticks.flatMap(tick => [
      `<path d="M${round(x(tick))} ${bottom}v5M${left} ${round(y(tick))}h-5" stroke="#7b858d"/>`,
      textAt(x(tick), bottom + 19, tick.toFixed(1), { size: 11, anchor: 'middle', colour: '#555' }),
      textAt(left - 9, y(tick) + 4, tick.toFixed(1), { size: 11, anchor: 'end', colour: '#555' }),
    ]),
    ...shown.map(
      name =>
        `<g data-field="${name}"${name === visible ? '' : ' style="display:none"'}>${drawArrows(updateField(fields[name].options), { x, y, side: fieldSide })}</g>`,
    ),
    `<path d="M${x(low)} ${y(low)}L${x(1)} ${y(1)}" stroke="#9aa3aa" stroke-dasharray="4 4"/>`,
    textAt(left + side / 2, bottom + 40, 'similarity to the nearest of the same class →', {
      anchor: 'middle',
      colour: '#333',
    }),
    `<g transform="translate(14 ${top + side / 2}) rotate(-90)">${textAt(0, 0, 'similarity to the nearest of another class →', { anchor: 'middle', colour: '#333' })}</g>`,
  ].join('')
}

/** What lies over the dots: the names of the regions, with a pale edge so that dots do not drown them. */
export function panelFront(low: number): string {
  const { x, y } = scales(low)
  const { left, top, side } = geometry
  const name = (px: number, py: number, text: string, anchor: 'start' | 'end') =>
    `<g paint-order="stroke" stroke="#fff" stroke-width="3" stroke-linejoin="round" opacity="0.9">${textAt(px, py, text, { size: 11.5, anchor, colour: '#3c444b' })}</g>`
  return [
    `<circle cx="${x(1)}" cy="${y(0)}" r="6" fill="none" stroke="#333" stroke-width="1.3"/>`,
    name(left + 8, top + 17, 'hard: another class is nearer', 'start'),
    name(left + side + 2, top - 8, 'collapsed (1, 1)', 'end'),
    name(x(1) - 10, y(0) - 8, 'ideal (1, 0)', 'end'),
    name(left + side - 9, y(low + 0.33 * (1 - low)), 'easy: the own class is nearer', 'end'),
  ].join('')
}

/** All dots of a colour are one path of round points, so thousands of them stay a small drawing. */
export function dotsAsPaths(dots: readonly Dot[], low: number): string {
  const { x, y } = scales(low)
  const size = dots.length > 4000 ? 1.6 : dots.length > 800 ? 2.6 : 4.5
  return (['wrong', 'right'] as const)
    .map(side => {
      const points = dots
        .filter(({ right }) => right === (side === 'right'))
        .map(dot => `M${round(x(dot.x))} ${round(y(dot.y))}h0`)
      return `<path d="${points.join('')}" stroke="${dotColours[side]}" stroke-width="${size}" stroke-opacity="0.75" stroke-linecap="round" fill="none"/>`
    })
    .join('')
}

/** Cells across a density. */
export const densityCells = 64

/** How many dots there are in each cell: the darker, the more, in the colour of its side of the diagonal. */
export function dotsAsDensity(dots: readonly Dot[], low: number): string {
  const { x, y } = scales(low)
  const counts = new Map<number, number>()
  const cellOf = (value: number) =>
    Math.min(densityCells - 1, Math.max(0, Math.floor((densityCells * (value - low)) / (1 - low))))
  for (const dot of dots) {
    const cell = cellOf(dot.y) * densityCells + cellOf(dot.x)
    counts.set(cell, (counts.get(cell) ?? 0) + 1)
  }
  const most = Math.log1p(largest(counts.values(), 0))
  const side = geometry.side / densityCells
  const valueAt = (index: number) => low + (index / densityCells) * (1 - low)
  return [...counts]
    .map(([cell, count]) => {
      const [row, column] = [Math.floor(cell / densityCells), cell % densityCells]
      const colour = column >= row ? dotColours.right : dotColours.wrong
      const opacity = (0.12 + (0.88 * Math.log1p(count)) / most).toFixed(2)
      return `<rect x="${round(x(valueAt(column)))}" y="${round(y(valueAt(row + 1)))}" width="${side}" height="${side}" fill="${colour}" fill-opacity="${opacity}"/>`
    })
    .join('')
}

export interface StillPanel {
  title: string
  /** under the title: epoch and numbers */
  line: string
  dots: readonly Dot[]
}

/** More dots than this in a panel are drawn as a density unless asked otherwise. */
export const manyDots = 12000

export interface StillOptions {
  low: number
  columns: number
  mode: 'dots' | 'density'
  field?: FieldName
}

const headHeight = 46

/** A frame of the film: panels in rows of `columns`, each under its own words. */
export function drawStill(panels: readonly StillPanel[], options: StillOptions): string {
  const { low, columns, mode, field } = options
  const back = panelBack(low, field ? [field] : [], field)
  const front = panelFront(low)
  const draw = mode === 'density' ? dotsAsDensity : dotsAsPaths
  const parts = panels.map(({ title, line, dots }, index) => {
    const left = (index % columns) * geometry.width
    const top = Math.floor(index / columns) * (geometry.height + headHeight)
    const words = `${textAt(12, 20, title, { size: 14, weight: 600 })}${textAt(12, 39, line, { size: 11.5, colour: '#444' })}`
    return `<g transform="translate(${left} ${top})">${words}<g transform="translate(0 ${headHeight})">${back}${draw(dots, low)}${front}</g></g>`
  })
  const rows = Math.ceil(panels.length / columns)
  return svgDocument(
    columns * geometry.width,
    rows * (geometry.height + headHeight),
    parts.join(''),
    'Triplet scatter',
  )
}
