/**
 * What a tie of each strength does: curves of divergence and alignment over lambda, the one against the other, and
 * the maps at every lambda. Of the lambdas that were asked for, else of those from which `auto` chose.
 */
import type { SweepPoint } from '../../embedding/tsne/tsne.ts'
import type { PlotDocument } from '../../figures/canvas.ts'
import { drawCurves } from '../../figures/plots.ts'
import type { Part } from '../../figures/report.ts'
import { power, significant } from './numbers.ts'
import { drawMaps, limitsOf } from './panel.ts'
import type { TsneLensResult } from './result.ts'

export interface Strengths {
  parts: Part[]
  pictures: Record<string, string>
}

export function drawStrengths(result: TsneLensResult, document: PlotDocument): Strengths | undefined {
  const { sweep, trials } = result.layout
  const shown = sweep ?? trials
  if (!shown) return undefined
  const points = [...shown].sort((a, b) => a.lambda - b.lambda)
  const table = tableOf(result, points)
  if (!sweep) return { parts: [chosenBy(result), table], pictures: {} }
  const [ratio, alignment, cost] = drawOverLambda(result, points, document)
  const sheet = drawSheet(result, points)
  return {
    parts: [
      ...(trials ? [chosenBy(result)] : []),
      { kind: 'figure', svg: ratio },
      { kind: 'figure', svg: alignment },
      { kind: 'figure', svg: cost },
      {
        kind: 'figure',
        svg: sheet,
        caption: 'A good tie lies where alignment has fallen and the divergence has not yet begun to rise.',
      },
      table,
    ],
    pictures: {
      'sweep-divergence': ratio,
      'sweep-alignment': alignment,
      'sweep-cost': cost,
      'sweep-maps': sheet,
    },
  }
}

const chosenBy = ({ layout: { lambda, trials = [] }, options: { autoRatio } }: TsneLensResult): Part => ({
  kind: 'text',
  text: `Lambda ${power(lambda)} is the strongest of ${trials.length} trials whose maps diverge at most ${autoRatio} times as much as alone.`,
})

const worst = ({ klRatio }: SweepPoint): number => klRatio.reduce((a, b) => Math.max(a, b), 0)

function drawOverLambda({ names }: TsneLensResult, points: readonly SweepPoint[], document: PlotDocument) {
  const curve = (name: string, y: (point: SweepPoint) => number) => ({
    name,
    points: points.map(point => ({ x: point.lambda, y: y(point) })),
  })
  const ratio = drawCurves(
    {
      title: 'Divergence, yoked over alone',
      x: 'lambda',
      y: 'KL ratio',
      logX: true,
      series: names.map((name, m) => curve(name, ({ klRatio }) => klRatio[m])).slice(0, 6),
      width: 520,
    },
    document,
  )
  const alignment = drawCurves(
    {
      title: 'Alignment of the maps',
      x: 'lambda',
      y: 'mean squared distance',
      logX: true,
      logY: true,
      series: [curve('', point => Math.max(point.alignment, 1e-12))],
      width: 520,
    },
    document,
  )
  const cost = drawCurves(
    {
      title: 'What alignment costs',
      x: 'mean squared distance between a point’s places',
      y: 'KL ratio of the map that pays most',
      series: [{ name: '', points: points.map(point => ({ x: point.alignment, y: worst(point) })) }],
      width: 520,
    },
    document,
  )
  return [ratio, alignment, cost]
}

function drawSheet({ names, classes, items }: TsneLensResult, points: readonly SweepPoint[]): string {
  const shown = names.length <= 3 ? names.map((_, m) => m) : [0, names.length - 1]
  const limits = limitsOf(points.flatMap(({ maps }) => maps))
  return drawMaps({
    title: 'The maps at every lambda',
    rows: shown.map(m => ({
      label: names[m],
      limits,
      panels: points.map(({ maps, lambda, klRatio }) => ({
        title: `lambda ${power(lambda)}`,
        line: `KL ratio ${klRatio[m].toFixed(2)}`,
        map: maps[m],
        classes: items.ofRows[m].map(item => classes.ofItems[item]),
      })),
    })),
    names: [],
    side: 180,
  })
}

const tableOf = ({ names }: TsneLensResult, points: readonly SweepPoint[]): Part => ({
  kind: 'table',
  columns: ['lambda', 'lambda N R² / KL', ...names.map(name => `KL ratio, ${name}`), 'mean squared distance'],
  rows: points.map(point => [
    power(point.lambda),
    significant(point.lambdaRelative),
    ...point.klRatio.map(value => value.toFixed(3)),
    significant(point.alignment),
  ]),
})
