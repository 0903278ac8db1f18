/** The curves of a training: loss per step, raw and smoothed, and the score of every epoch. */
import { serverDocument } from '../figures/canvas.node.ts'
import { drawCurves, type Series } from '../figures/plots.ts'
import type { EpochLine, LogLine, StepLine } from './record.ts'

/** Loss per step, raw and smoothed; score per epoch, on the images that `scored` names. */
export function drawTrainingCurves(log: readonly LogLine[], scored = 'test'): Record<string, string> {
  const document = serverDocument()
  const steps = log.filter((line): line is StepLine => line.kind === 'step')
  const epochs = log.filter((line): line is EpochLine => line.kind === 'epoch')
  const raw = thin(
    steps.map(({ step, loss }) => ({ x: step, y: loss })),
    1500,
  )
  const loss: Series[] = [
    { name: 'loss', points: raw, faint: true },
    { name: 'loss', points: smooth(raw) },
  ]
  const score: Series[] = [
    {
      name: 'accuracy',
      points: epochs.flatMap(({ epoch, accuracy }) =>
        accuracy === undefined ? [] : [{ x: epoch, y: accuracy }],
      ),
    },
    {
      name: 'on the validation images',
      points: epochs.flatMap(({ epoch, val }) => {
        const y = val?.accuracy ?? val?.recall?.['1']
        return y === undefined ? [] : [{ x: epoch, y }]
      }),
    },
    ...['1', '8'].map(k => ({
      name: `recall at ${k}`,
      points: epochs.flatMap(({ epoch, recall }) => (recall ? [{ x: epoch, y: recall[k] }] : [])),
    })),
  ]
    .filter(({ points }) => points.length)
    .map(({ name, points }) => ({ name, points: thin(points, 1500) }))
  return {
    loss: drawCurves({ title: 'Training loss', x: 'step', y: 'loss', series: loss }, document),
    score: drawCurves(
      {
        title: `Score on the ${scored} images`,
        x: 'epoch',
        y: 'share (%)',
        series: score,
        percent: true,
        range: [0, 1],
      },
      document,
    ),
  }
}

interface XY {
  x: number
  y: number
}

/** Means of equal stretches, so that a plot holds no more points than it has pixels. */
function thin(points: readonly XY[], most: number): XY[] {
  const stretch = Math.ceil(points.length / most)
  return Array.from({ length: Math.ceil(points.length / stretch) }, (_, i) => {
    const part = points.slice(i * stretch, (i + 1) * stretch)
    return { x: part[0].x, y: part.reduce((sum, { y }) => sum + y, 0) / part.length }
  })
}

/** Exponential moving average over about a thirtieth of the curve, freed of its start (as Adam's). */
function smooth(points: readonly XY[]): XY[] {
  const keep = 1 - 1 / Math.max(2, points.length / 30)
  let mean = 0
  return points.map(({ x, y }, i) => {
    mean = keep * mean + (1 - keep) * y
    return { x, y: mean / (1 - keep ** (i + 1)) }
  })
}
