/** Accuracy from layer to layer: a line for each kind of probe, with the spread over trainings where there are several. */
import * as Plot from '@observablehq/plot'
import { largest } from '../base/extremes.ts'
import { percent } from '../base/percent.ts'
import type { PlotDocument } from './canvas.ts'
import { classColour } from './colour-maps.ts'
import { drawPlot, verticalName } from './plots.ts'
import { spaced } from './rates.ts'
import { fontFamily, textWidth } from './svg.ts'

export interface LayerLine {
  name: string
  /** shares, for each layer one of every training */
  values: readonly (readonly number[])[]
  /** what is compared with: drawn grey and dashed */
  faint?: boolean
}

export interface LayerLinesPlot {
  title: string
  layers: readonly string[]
  lines: readonly LayerLine[]
  chance: number
  /** what chance is called */
  chanceName?: string
  width?: number
}

const height = 380
const margins = { top: 56, left: 58 }

export function drawLayerLines(
  { title, layers, lines, chance, chanceName = 'chance', width = 720 }: LayerLinesPlot,
  document: PlotDocument,
): string {
  const colours = lines.filter(({ faint }) => !faint)
  const colourOf = (line: LayerLine) => (line.faint ? '#888' : classColour(colours.indexOf(line)))
  const all = lines.flatMap(({ values }) => values.flat())
  const top = Math.min(100, 10 * Math.ceil(10.5 * largest([...all, chance], chance)))
  const slanted = largest(layers.map(name => textWidth(name, 12))) > 90
  const bottom = slanted ? 40 + largest(layers.map(name => textWidth(name, 12))) * 0.6 : 46
  const plotHeight = height - margins.top - bottom
  const heightOf = (value: number) => plotHeight * (1 - value / top)
  const drawn = lines.map(line => ({
    name: line.name,
    colour: colourOf(line),
    faint: line.faint === true,
    points: line.values.map((values, at) => ({
      layer: layers[at],
      mean: (100 * values.reduce((sum, value) => sum + value, 0)) / values.length,
      low: 100 * Math.min(...values),
      high: 100 * Math.max(...values),
    })),
  }))
  const ends = spaced(
    [...drawn.map(({ points }) => heightOf(points.at(-1)!.mean)), heightOf(100 * chance)],
    16,
  )
  const chanceText = `${chanceName}, ${percent(chance)}`
  const names = [...drawn.map(({ name }) => name), chanceText]
  return drawPlot(
    {
      width,
      height,
      marginTop: margins.top,
      marginLeft: margins.left,
      marginRight: 24 + largest(names.map(name => textWidth(name, 12))),
      marginBottom: bottom,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      x: {
        type: 'point',
        domain: [...layers],
        label: 'layer →',
        tickRotate: slanted ? -35 : 0,
        padding: 0.25,
      },
      y: { label: null, grid: true, domain: [0, top] },
      marks: [
        Plot.frame({ stroke: '#ddd' }),
        Plot.ruleY([100 * chance], { stroke: '#555', strokeDasharray: '4,3' }),
        ...drawn.flatMap(({ points, colour, faint }) => [
          Plot.ruleX(
            points.filter(({ low, high }) => high > low),
            { x: 'layer', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 6, strokeOpacity: 0.25 },
          ),
          Plot.line(points, {
            x: 'layer',
            y: 'mean',
            stroke: colour,
            strokeWidth: faint ? 1.5 : 2.5,
            ...(faint && { strokeDasharray: '2,3' }),
          }),
          Plot.dot(points, { x: 'layer', y: 'mean', fill: colour, r: faint ? 2.5 : 4 }),
        ]),
        ...names.map((name, at) =>
          Plot.text([name], {
            frameAnchor: 'top-right',
            textAnchor: 'start',
            lineAnchor: 'middle',
            text: (text: string) => text,
            fill: at < drawn.length ? drawn[at].colour : '#555',
            fontWeight: at < drawn.length && !drawn[at].faint ? 600 : 400,
            dx: 8,
            dy: ends[at],
          }),
        ),
        verticalName('accuracy on held-out images (%)'),
      ],
    },
    document,
    title,
  )
}
