/** Overlaid histograms, each with its mean: for comparing a few distributions. */
import * as Plot from '@observablehq/plot'
import { meanOf } from '../base/statistics.ts'
import type { PlotDocument } from './canvas.ts'
import { drawPlot, verticalName } from './plots.ts'
import { fontFamily } from './svg.ts'

export interface Histogram {
  name: string
  colour: string
  values: ArrayLike<number>
}

export interface HistogramPlot {
  title: string
  x: string
  y: string
  series: readonly Histogram[]
  bins?: number
  width?: number
  height?: number
}

export function drawHistograms(plot: HistogramPlot, document: PlotDocument): string {
  const { title, x, y, series, bins = 50, width = 640, height = 340 } = plot
  const all = series.flatMap(({ values }) => Array.from(values))
  const [low, high] = [Math.min(...[0], ...extremes(all)), Math.max(...extremes(all))]
  const step = (high - low || 1) / bins
  const outlines = series.map(({ name, colour, values }) => {
    const counts = new Float64Array(bins)
    for (let i = 0; i < values.length; i++) counts[Math.min(bins - 1, Math.floor((values[i] - low) / step))]++
    const mean = meanOf(values)
    const steps = Array.from(counts, (count, bin) => ({
      from: low + bin * step,
      to: low + (bin + 1) * step,
      share: count / values.length,
    }))
    return { name, colour, mean, steps }
  })
  const words = outlines.map(({ name, mean }) => `${name}: mean ${mean.toFixed(3)}`)
  return drawPlot(
    {
      width,
      height: height + 24 + 18 * series.length,
      marginTop: 58 + 18 * series.length,
      marginLeft: 58,
      marginBottom: 42,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      x: { label: `${x} →`, domain: [low, low + bins * step] },
      y: { label: null, percent: true, grid: true },
      marks: [
        Plot.frame({ stroke: '#ddd' }),
        verticalName(`${y} (%)`),
        ...outlines.flatMap(({ colour, mean, steps }) => [
          Plot.rectY(steps, { x1: 'from', x2: 'to', y: 'share', fill: colour, fillOpacity: 0.22 }),
          Plot.line(
            steps.flatMap(({ from, to, share }) => [
              { at: from, share },
              { at: to, share },
            ]),
            { x: 'at', y: 'share', stroke: colour, strokeWidth: 1.6 },
          ),
          Plot.ruleX([mean], { stroke: colour, strokeWidth: 1.6, strokeDasharray: '5 3' }),
        ]),
        ...outlines.map(({ colour }, index) =>
          Plot.text([words[index]], {
            frameAnchor: 'top-right',
            text: (text: string) => text,
            fill: colour,
            fontWeight: 600,
            dy: -18 * (series.length - index) - 8,
          }),
        ),
      ],
    },
    document,
    title,
  )
}

/** Smallest and largest; arrays too long to be spread over arguments among them. */
const extremes = (values: readonly number[]): [number, number] =>
  values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
