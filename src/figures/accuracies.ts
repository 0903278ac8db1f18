/** Accuracies under several conditions beside chance: every training a dot, the interval of the mean a bar. */
import * as Plot from '@observablehq/plot'
import { largest } from '../base/extremes.ts'
import { percent } from '../base/percent.ts'
import { meanOf } from '../base/statistics.ts'
import type { PlotDocument } from './canvas.ts'
import { classColour } from './colour-maps.ts'
import { drawPlot } from './plots.ts'
import { fontFamily } from './svg.ts'

export interface Condition {
  name: string
  /** shares, one for each training */
  values: readonly number[]
  interval?: readonly [number, number]
  /** what the plot is about, rather than what it is compared with */
  isMain?: boolean
}

export interface AccuracyPlot {
  title: string
  conditions: readonly Condition[]
  chance: number
  /** what stands over the line of chance; chance and its percentage unless given */
  chanceName?: string
  /** what is counted; accuracy on held-out images unless given */
  x?: string
  width?: number
}

const rowHeight = 30

export function drawAccuracies(
  {
    title,
    conditions,
    chance,
    chanceName = `chance ${percent(chance)}`,
    x = 'accuracy on held-out images (%) →',
    width = 640,
  }: AccuracyPlot,
  document: PlotDocument,
): string {
  const longest = largest(conditions.map(({ name }) => name.length))
  const dots = conditions.flatMap(({ name, values, isMain }) =>
    values.map(value => ({ name, value: 100 * value, fill: isMain ? classColour(0) : '#777' })),
  )
  const means = conditions.map(({ name, values }) => ({
    name,
    mean: meanOf(values),
  }))
  const bars = conditions.flatMap(({ name, interval }) =>
    interval ? [{ name, low: 100 * interval[0], high: 100 * interval[1] }] : [],
  )
  return drawPlot(
    {
      width,
      height: 64 + rowHeight * conditions.length + 44,
      marginTop: 64,
      marginLeft: 16 + 7 * longest,
      marginRight: 66,
      marginBottom: 44,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      x: { label: x, domain: [0, 100], grid: true },
      y: { label: null, domain: conditions.map(({ name }) => name), padding: 0.3 },
      marks: [
        Plot.frame({ stroke: '#ddd' }),
        Plot.ruleX([100 * chance], { stroke: '#555', strokeDasharray: '4,3' }),
        Plot.text([chanceName], {
          x: () => 100 * chance,
          frameAnchor: 'top',
          text: (text: string) => text,
          lineAnchor: 'bottom',
          dy: -6,
          fill: '#555',
        }),
        Plot.barX(bars, { y: 'name', x1: 'low', x2: 'high', fill: classColour(0), fillOpacity: 0.25 }),
        Plot.dot(dots, {
          y: 'name',
          x: 'value',
          r: 4,
          fill: 'fill',
        }),
        Plot.text(means, {
          y: 'name',
          frameAnchor: 'right',
          text: ({ mean }: { mean: number }) => percent(mean),
          textAnchor: 'start',
          dx: 8,
          fill: '#222',
        }),
      ],
    },
    document,
    title,
  )
}

export interface CrossedPlot {
  title: string
  /** in the order in which they are drawn */
  cells: readonly { row: string; column: string; accuracy: number }[]
  chance: number
}

/** Accuracies of two crossed conditions; the colour begins at chance. */
export function drawCrossed({ title, cells, chance }: CrossedPlot, document: PlotDocument): string {
  const rows = [...new Set(cells.map(({ row }) => row))]
  const columns = [...new Set(cells.map(({ column }) => column))]
  const left = 20 + 7 * largest(rows.map(row => row.length))
  return drawPlot(
    {
      width: left + 92 * columns.length + 20,
      height: 70 + 32 * rows.length + 12,
      marginTop: 70,
      marginLeft: left,
      marginRight: 20,
      marginBottom: 12,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      x: { domain: columns, label: null, axis: 'top', padding: 0.05, tickSize: 0 },
      y: { domain: rows, label: null, padding: 0.08, tickSize: 0 },
      color: { type: 'linear', range: ['#f4f4f1', '#c8441b'], domain: [chance, 1], clamp: true },
      marks: [
        Plot.cell(cells, { x: 'column', y: 'row', fill: 'accuracy' }),
        Plot.text(cells, {
          x: 'column',
          y: 'row',
          text: ({ accuracy }: { accuracy: number }) => percent(accuracy),
          fill: ({ accuracy }: { accuracy: number }) =>
            (accuracy - chance) / (1 - chance) > 0.6 ? 'white' : '#222',
        }),
      ],
    },
    document,
    title,
  )
}
