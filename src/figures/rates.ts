/**
 * A score against the learning rate: one line per method through the means, every run a dot, the spread over seeds
 * a bar; runs that diverged or failed stand as crosses on the floor of the plot.
 */
import * as Plot from '@observablehq/plot'
import { classColour } from './colour-maps.ts'
import { finish } from './plots.ts'
import { fontFamily } from './svg.ts'

export interface RateLine {
  name: string
  runs: readonly { x: number; score?: number }[]
}

export interface RatePlot {
  title: string
  x: string
  y: string
  lines: readonly RateLine[]
  width?: number
  height?: number
}

interface Mean {
  x: number
  mean: number
  low: number
  high: number
}

export function drawRates(plot: RatePlot, document: Document): string {
  const { title, x, y, lines, width = 640, height = 380 } = plot
  const drawn = lines.map(({ name, runs }, index) => {
    const scored = runs.filter(run => run.score !== undefined) as { x: number; score: number }[]
    return {
      name,
      colour: classColour(index),
      scored,
      lost: runs.filter(run => run.score === undefined),
      means: meansOf(scored),
    }
  })
  const scores = drawn.flatMap(({ scored }) => scored.map(({ score }) => score))
  const floor = Math.min(...scores, 1)
  const ceiling = Math.max(...scores, 0)
  const margin = 0.08 * (ceiling - floor || 0.1)
  const low = Math.max(0, floor - 1.5 * margin)
  const domain = [100 * low, 100 * Math.min(1, ceiling + margin)]
  const xs = [...new Set(lines.flatMap(({ runs }) => runs.map(run => run.x)))].sort((a, b) => a - b)
  const longest = Math.max(...lines.map(({ name }) => name.length))
  return finish(
    Plot.plot({
      document,
      width,
      height,
      marginTop: 56,
      marginLeft: 58,
      marginRight: 24 + 7 * longest,
      marginBottom: 44,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      x: {
        label: `${x} →`,
        type: 'log',
        ...(xs.length <= 9 && {
          ticks: xs,
          tickFormat: (value: number) => String(Number(value.toPrecision(2))),
        }),
      },
      y: { label: `↑ ${y} (%)`, grid: true, percent: true, domain },
      marks: [
        Plot.frame({ stroke: '#ddd' }),
        ...drawn.flatMap(({ name, colour, scored, lost, means }) => [
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
          Plot.text(means.slice(-1), {
            x: 'x',
            y: 'mean',
            text: () => name,
            fill: colour,
            textAnchor: 'start',
            dx: 9,
            fontWeight: 600,
          }),
        ]),
      ],
    }),
    title,
    width,
    height,
  )
}

/** Mean and range of the scores at every x, ascending. */
function meansOf(runs: readonly { x: number; score: number }[]): Mean[] {
  return [...new Set(runs.map(({ x }) => x))]
    .map(x => {
      const scores = runs.filter(run => run.x === x).map(({ score }) => score)
      const mean = scores.reduce((a, b) => a + b, 0) / scores.length
      return { x, mean, low: Math.min(...scores), high: Math.max(...scores) }
    })
    .sort((a, b) => a.x - b.x)
}
