/**
 * A score against the learning rate: one line per method through the means, every run a dot, the spread over seeds
 * a bar; runs that diverged or failed stand as crosses on the floor of the plot.
 */
import * as Plot from '@observablehq/plot'
import { largest, smallest } from '../base/extremes.ts'
import type { PlotDocument } from './canvas.ts'
import { classColour } from './colour-maps.ts'
import { drawPlot, verticalName } from './plots.ts'
import { fontFamily } from './svg.ts'

export interface RateLine {
  name: string
  runs: readonly RateRun[]
}

export interface RateRun {
  x: number
  /** runs of a line with the same are averaged */
  group: number
  /** undefined where the run diverged or failed */
  score?: number
}

export interface RatePlot {
  title: string
  x: string
  y: string
  lines: readonly RateLine[]
  width?: number
  height?: number
}

type Scored = RateRun & { score: number }

const margins = { top: 56, bottom: 44 }

interface Mean {
  x: number
  mean: number
  low: number
  high: number
}

export function drawRates(plot: RatePlot, document: PlotDocument): string {
  const { title, x, y, lines, width = 640, height = 380 } = plot
  const drawn = lines.map(({ name, runs }, index) => {
    const scored = runs.filter(run => run.score !== undefined) as Scored[]
    return {
      name,
      colour: classColour(index),
      scored,
      lost: runs.filter(run => run.score === undefined),
      means: meansOf(scored),
    }
  })
  const scores = drawn.flatMap(({ scored }) => scored.map(({ score }) => score))
  const floor = smallest(scores, 1)
  const ceiling = largest(scores, 0)
  const plotHeight = height - margins.top - margins.bottom
  const margin = 0.08 * (ceiling - floor || 0.1)
  const low = Math.max(0, floor - 1.5 * margin)
  const domain = [100 * low, 100 * Math.min(1, ceiling + margin)]
  const xs = [...new Set(lines.flatMap(({ runs }) => runs.map(run => run.x)))].sort((a, b) => a - b)
  const heightOf = (share: number) => (plotHeight * (domain[1] - 100 * share)) / (domain[1] - domain[0])
  const labels = spaced(
    drawn.map(({ means }) => heightOf(means.at(-1)?.mean ?? low) - 6),
    16,
  )
  const longest = largest(lines.map(({ name }) => name.length))
  return drawPlot(
    {
      width,
      height,
      marginTop: margins.top,
      marginLeft: 58,
      marginRight: 24 + 7 * longest,
      marginBottom: margins.bottom,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      x: {
        label: `${x} →`,
        type: 'log',
        ticks: xs.length <= 9 ? xs : powersOfTen(xs),
        tickFormat: (value: number) => String(Number(value.toPrecision(2))),
      },
      y: { label: null, grid: true, percent: true, domain },
      marks: [
        Plot.frame({ stroke: '#ddd' }),
        ...drawn.flatMap(({ colour, scored, lost, means }) => [
          Plot.line(means, { x: 'x', y: 'mean', stroke: colour, strokeWidth: 2 }),
          Plot.ruleX(
            means.filter(({ low: from, high }) => high > from),
            { x: 'x', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 5, strokeOpacity: 0.25 },
          ),
          Plot.dot(scored, { x: 'x', y: 'score', fill: colour, r: 3 }),
          Plot.dot(lost, {
            x: 'x',
            y: () => low,
            stroke: colour,
            symbol: 'times',
            r: 5,
            strokeWidth: 2,
            dy: -6,
          }),
        ]),
        ...drawn.map(({ name, colour }, index) =>
          Plot.text([name], {
            frameAnchor: 'top-right',
            textAnchor: 'start',
            text: (text: string) => text,
            fill: colour,
            fontWeight: 600,
            dx: 10,
            dy: labels[index],
          }),
        ),
        verticalName(`${y} (%)`),
      ],
    },
    document,
    title,
  )
}

/** Those between the first and the last of ascending numbers. */
function powersOfTen(xs: readonly number[]): number[] {
  const [from, to] = [Math.ceil(Math.log10(xs[0])), Math.floor(Math.log10(xs.at(-1)!))]
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => 10 ** (from + i))
}

/** Mean and range of the scores of every group, at the geometric mean of its places, ascending. */
function meansOf(runs: readonly Scored[]): Mean[] {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  return [...new Set(runs.map(({ group }) => group))]
    .map(group => {
      const own = runs.filter(run => run.group === group)
      const scores = own.map(({ score }) => score)
      const x = Math.exp(mean(own.map(run => Math.log(run.x))))
      return { x, mean: mean(scores), low: smallest(scores), high: largest(scores) }
    })
    .sort((a, b) => a.x - b.x)
}

/** Heights no nearer to each other than `gap`, in their order, moved as little as that takes from the top down. */
export function spaced(heights: readonly number[], gap: number): number[] {
  const order = [...heights.keys()].sort((a, b) => heights[a] - heights[b])
  const placed = [...heights]
  let free = Number.NEGATIVE_INFINITY
  for (const index of order) {
    placed[index] = Math.max(heights[index], free)
    free = placed[index] + gap
  }
  return placed
}
