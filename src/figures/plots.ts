/**
 * Plots as SVG text, by Observable Plot. The same code draws in a browser and, with a document handed in, on a
 * server. Colours tell series apart for colour-blind eyes; every axis has its name and unit.
 */
import * as Plot from '@observablehq/plot'
import { largest, smallest } from '../base/extremes.ts'
import { printableLines } from '../base/printable.ts'
import type { PlotDocument } from './canvas.ts'
import { classColour } from './colour-maps.ts'
import { fontFamily, svgDocument, textAt, textWidth } from './svg.ts'

export interface Point {
  x: number
  y: number
}

export interface Series {
  name: string
  points: readonly Point[]
  /** drawn thin and pale, behind the others: the raw values behind a smoothed curve */
  faint?: boolean
}

export interface CurvePlot {
  title: string
  x: string
  y: string
  series: readonly Series[]
  logX?: boolean
  logY?: boolean
  /** bounds of the vertical axis */
  range?: [number, number]
  /** shares 0..1 as percentages */
  percent?: boolean
  width?: number
  height?: number
}

/** Lines over a common axis, each labelled at its end. */
export function drawCurves(plot: CurvePlot, document: PlotDocument): string {
  const { title, x, y, series, logX, logY, range, percent, width = 640, height = 340 } = plot
  const colours = new Map(
    series.filter(({ faint }) => !faint).map(({ name }, index) => [name, classColour(index)]),
  )
  const marks = series.flatMap(({ name, points, faint }) => {
    const colour = colours.get(name) ?? classColour(0)
    const finite = points.filter(point => Number.isFinite(point.y))
    if (faint)
      return [Plot.line(finite, { x: 'x', y: 'y', stroke: colour, strokeOpacity: 0.25, strokeWidth: 1 })]
    const last = finite.at(-1)
    return [
      Plot.line(finite, { x: 'x', y: 'y', stroke: colour, strokeWidth: 2 }),
      finite.length <= 40 ? Plot.dot(finite, { x: 'x', y: 'y', fill: colour, r: 2.5 }) : null,
      last
        ? Plot.text([last], {
            x: 'x',
            y: 'y',
            text: () => name,
            fill: colour,
            textAnchor: 'start',
            dx: 7,
            fontWeight: 600,
          })
        : null,
    ]
  })
  const [xs, ys] = (['x', 'y'] as const).map(axis =>
    series.flatMap(({ points }) => points.map(point => point[axis])),
  )
  const longest = largest(
    [...colours.keys()].map(name => name.length),
    0,
  )
  return drawPlot(
    {
      width,
      height,
      marginTop: 56,
      marginLeft: 58,
      marginRight: 18 + 7.6 * longest,
      marginBottom: 42,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      x: {
        label: `${x} →`,
        type: logX ? 'log' : 'linear',
        grid: false,
        ...(logX ? powers(xs) : integerTicks(series)),
      },
      y: {
        label: null,
        type: logY ? 'log' : 'linear',
        grid: true,
        domain: range?.map(bound => (percent ? 100 : 1) * bound),
        percent,
        nice: !range,
        ...(logY && powers(ys)),
      },
      marks: [Plot.frame({ stroke: '#ddd' }), verticalName(y), ...marks],
    },
    document,
    title,
  )
}

/** Ticks of a logarithmic axis over many decades: its powers of ten, very small and very large ones as 1e-8. */
function powers(values: readonly number[]): { ticks?: number[]; tickFormat?: (value: number) => string } {
  const positive = values.filter(value => value > 0 && Number.isFinite(value))
  const low = Math.floor(Math.log10(smallest(positive)))
  const high = Math.ceil(Math.log10(largest(positive)))
  if (!(high - low > 2)) return {}
  const every = Math.ceil((high - low) / 8)
  return {
    ticks: Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) =>
      Number(`1e${low + i * every}`),
    ),
    tickFormat: value =>
      value < 1e-3 || value > 1e4 ? value.toExponential(0).replace('+', '') : String(value),
  }
}

/** Few whole numbers, such as epochs, each get a tick; everything else is left to Plot. */
function integerTicks(series: readonly Series[]): { ticks?: number[]; tickFormat?: string } {
  const values = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))]
  return values.length <= 12 && values.every(Number.isInteger) ? { ticks: values, tickFormat: 'd' } : {}
}

export interface ConfusionPlot {
  title: string
  classes: readonly string[]
  /** the cells that are not 0, by positions in `classes` */
  cells: readonly { truth: number; predicted: number; count: number }[]
  /** images of each class, also of those that were taken for a class that is not drawn */
  totals: ArrayLike<number>
}

/** Counts in the cells, colour by share of the row; for as many classes as have room for their names. */
export function drawConfusion(
  { title, classes, cells: given, totals }: ConfusionPlot,
  document: PlotDocument,
): string {
  const cells = given.map(({ truth, predicted, count }) => ({
    truth: classes[truth],
    predicted: classes[predicted],
    count,
    share: count / totals[truth],
  }))
  const longest = largest(classes.map(name => name.length))
  const label = Math.min(170, 7 * longest + 16)
  /** what names at 45 degrees take of the height, and the axis's own below them */
  const slanted = Math.round(label * Math.SQRT1_2) + 26
  const cell = Math.max(22, Math.min(44, 480 / classes.length))
  const width = label + cell * classes.length + 30
  const height = 56 + cell * classes.length + 10 + slanted
  return drawPlot(
    {
      width,
      height,
      marginLeft: label,
      marginTop: 56,
      marginBottom: slanted,
      marginRight: 20,
      style: { fontFamily, fontSize: '11px', background: 'white' },
      x: { domain: classes, label: 'predicted →', tickRotate: -45, padding: 0.04 },
      y: { domain: classes, label: null, padding: 0.04 },
      color: { type: 'linear', scheme: 'blues', domain: [0, 1] },
      marks: [
        verticalName('true'),
        Plot.frame({ stroke: '#dde2e6' }),
        Plot.cell(cells, { x: 'predicted', y: 'truth', fill: 'share' }),
        Plot.text(cells, {
          x: 'predicted',
          y: 'truth',
          text: 'count',
          fill: ({ share }: { share: number }) => (share > 0.55 ? 'white' : '#222'),
        }),
      ],
    },
    document,
    title,
  )
}

/** The name of the vertical axis, over its upper end: Plot's own label would lie under the title. */
export const verticalName = (name: string): Plot.Markish =>
  Plot.text([`↑ ${name}`], {
    frameAnchor: 'top-left',
    text: (text: string) => text,
    textAnchor: name.length > 6 ? 'start' : 'end',
    lineAnchor: 'bottom',
    dx: name.length > 6 ? -46 : -8,
    dy: -8,
    fill: '#333',
  })

/** Plot's element as standalone SVG, with the title drawn inside, so that it travels with the image. */
export function drawPlot(
  options: Plot.PlotOptions & { width: number; height: number },
  document: PlotDocument,
  title: string,
): string {
  const { width, height } = options
  const element = Plot.plot({ ...options, document: document as Plot.PlotOptions['document'] })
  element.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  element.querySelector('style')?.remove()
  const inner = printableLines(element.outerHTML).replaceAll('currentColor', '#333')
  // A plot of little may be narrower than its title.
  const wide = Math.max(width, Math.ceil(textWidth(title, 14) * 1.1) + 24)
  return svgDocument(wide, height, inner + textAt(12, 18, title, { size: 14, weight: 600 }), title)
}
