/** Predicted numbers against the true ones: one square for each kind, with shares from 0 to 1 on both axes. */
import * as Plot from '@observablehq/plot'
import type { PlotDocument } from './canvas.ts'
import { classColour } from './colour-maps.ts'
import { drawPlot } from './plots.ts'
import { fontFamily } from './svg.ts'

export interface PredictedPlot {
  title: string
  kinds: readonly { name: string; truth: readonly number[]; found: readonly number[] }[]
}

const side = 210
const axis = {
  ...{ domain: [0, 1], ticks: [0, 0.5, 1], tickFormat: String },
  ...{ labelAnchor: 'center' as const, labelArrow: 'none' as const },
}

export function drawPredicted({ title, kinds }: PredictedPlot, document: PlotDocument): string {
  const dots = kinds.flatMap(({ name, truth, found }) =>
    truth.map((value, at) => ({ name, truth: value, found: found[at] })),
  )
  return drawPlot(
    {
      width: kinds.length * side + 84,
      height: side + 104,
      marginTop: 64,
      marginBottom: 40,
      marginLeft: 62,
      marginRight: 16,
      style: { fontFamily, fontSize: '12px', background: 'white' },
      fx: { label: null, domain: kinds.map(({ name }) => name), padding: 0.14 },
      x: { label: 'true', ...axis },
      y: { label: 'predicted', ...axis, grid: true },
      marks: [
        Plot.frame({ stroke: '#ddd' }),
        Plot.line(
          kinds.flatMap(({ name }) => [0, 1].map(end => ({ name, end }))),
          { fx: 'name', x: 'end', y: 'end', z: 'name', stroke: '#555', strokeDasharray: '4,3' },
        ),
        Plot.dot(dots, {
          fx: 'name',
          x: 'truth',
          y: 'found',
          r: 1.8,
          fill: classColour(0),
          fillOpacity: dots.length > 900 ? 0.25 : 0.5,
        }),
      ],
    },
    document,
    title,
  )
}
