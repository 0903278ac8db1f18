/** Values over a common axis as stems, in a grid of small plots: for what jumps from place to place. */
import * as Plot from '@observablehq/plot'
import type { PlotDocument } from './canvas.ts'
import { drawPlot } from './plots.ts'
import { rightColour, wrongColour } from './sheet.ts'
import { fontFamily } from './svg.ts'

export interface Stem {
  /** which plot it stands in */
  row: string
  column: string
  x: number
  y: number
}

export interface StemPlot {
  title: string
  x: string
  /** stands in the title */
  y: string
  stems: readonly Stem[]
  /** values up to this one are drawn in the colour of what is right */
  low: number
}

const [plotWidth, plotHeight, left, right] = [430, 84, 44, 100]

export function drawStems({ title, x, y, stems, low }: StemPlot, document: PlotDocument): string {
  const columns = [...new Set(stems.map(({ column }) => column))]
  const rows = [...new Set(stems.map(({ row }) => row))]
  const xs = [...new Set(stems.map(stem => stem.x))].sort((a, b) => a - b)
  const fill = (stem: Stem) => (stem.y <= low ? rightColour : wrongColour)
  return drawPlot(
    {
      width: left + columns.length * plotWidth + right,
      height: 58 + rows.length * plotHeight + 44,
      marginTop: 58,
      marginLeft: left,
      marginRight: right,
      marginBottom: 44,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      x: { label: `${x} →`, ticks: xs.length <= 8 ? xs : undefined, tickFormat: 'd', inset: 8 },
      y: { label: null, grid: true, ticks: 3, nice: true, insetTop: 6 },
      fx: { label: null, domain: columns, padding: 0.06 },
      fy: { label: null, domain: rows, padding: 0.12 },
      marks: [
        Plot.frame({ stroke: '#ddd' }),
        Plot.ruleX(stems, {
          fx: 'column',
          fy: 'row',
          x: 'x',
          y1: 0,
          y2: 'y',
          stroke: fill,
          strokeWidth: 2,
          strokeOpacity: 0.5,
        }),
        Plot.dot(stems, { fx: 'column', fy: 'row', x: 'x', y: 'y', fill, r: 3 }),
      ],
    },
    document,
    `${title}: ${y}`,
  )
}
