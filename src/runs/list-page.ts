/** The page of all runs: one table to sort and to filter. */
import { percent } from '../base/percent.ts'
import type { Cell, Report } from '../figures/report.ts'
import type { RunRecord } from './record.ts'

export type RunState = RunRecord['status'] | 'interrupted' | 'damaged'

export interface ListedRun {
  /** its folder, relative to the one that is listed, with forward slashes */
  name: string
  command: string
  net?: string
  objective?: string
  data?: string
  /** what it looks at, as it was named: models, runs, vectors; absent for a training */
  sources?: string[]
  /** on the test images */
  score?: number
  /** what the score is */
  measure?: 'accuracy' | 'recall at 1'
  state: RunState
  /** finished; absent where nothing is trained */
  epochs?: number
  /** planned */
  ofEpochs?: number
  /** the score of each epoch, from before training on */
  curve: number[]
  /** when it last changed, in milliseconds since 1970 */
  changed: number
  /** what is wrong with a damaged one */
  fault?: string
}

/** @param pageOf the address of a run's page, where it has one */
export function runsReport(
  runs: readonly ListedRun[],
  pageOf: (name: string) => string | undefined,
): Pick<Report, 'summary' | 'figures' | 'sections'> {
  const counts = new Map<string, number>()
  for (const { state } of runs) counts.set(state, (counts.get(state) ?? 0) + 1)
  const damaged = runs.filter(({ fault }) => fault !== undefined)
  return {
    summary: runs.length
      ? `${runs.length} runs, the latest first. A click on a column sorts, words in the field filter.`
      : 'There are no runs here yet.',
    figures: [...counts].map(([label, value]) => ({ label, value: String(value) })),
    sections: [
      {
        title: 'Runs',
        parts: [
          {
            kind: 'table',
            sortable: true,
            columns: [
              'run',
              'command',
              'network',
              'objective',
              'data',
              'score',
              'epochs',
              'curve',
              'state',
              'changed',
            ],
            rows: runs.map(run => rowOf(run, pageOf(run.name))),
          },
        ],
      },
      ...(damaged.length
        ? [
            {
              title: 'Damaged',
              parts: [
                {
                  kind: 'table' as const,
                  columns: ['run', 'what is wrong'],
                  rows: damaged.map(({ name, fault = '' }) => [name, fault]),
                },
              ],
            },
          ]
        : []),
    ],
  }
}

function rowOf(
  {
    name,
    command,
    net = '',
    objective = '',
    data = '',
    score,
    measure,
    epochs,
    ofEpochs,
    curve,
    state,
    changed,
  }: ListedRun,
  href: string | undefined,
): Cell[] {
  return [
    { text: name, ...(href !== undefined && { href }) },
    command,
    net,
    objective,
    { text: data.split(/[\\/]/).filter(Boolean).at(-1) ?? '', title: data },
    score === undefined ? '' : { text: percent(score), sort: score, title: measure },
    epochs === undefined
      ? ''
      : { text: epochs === ofEpochs ? `${epochs}` : `${epochs} of ${ofEpochs}`, sort: epochs },
    curve.length > 1 ? { text: '', svg: sparkline(curve), sort: curve.at(-1) } : '',
    state,
    { text: dateText(changed), sort: changed },
  ]
}

const dateText = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ')

const [width, height] = [90, 22]

/** The score by epoch, from 0 to 1. */
function sparkline(scores: readonly number[]): string {
  const points = scores.map(
    (score, epoch) =>
      `${((epoch / (scores.length - 1)) * (width - 4) + 2).toFixed(1)},${((1 - score) * (height - 4) + 2).toFixed(1)}`,
  )
  const line = `<polyline points="${points.join(' ')}" fill="none" style="stroke:var(--mark)" stroke-width="1.5"/>`
  const words = `score by epoch, from ${percent(scores[0])} to ${percent(scores.at(-1)!)}`
  return `<svg width="${width}" height="${height}" role="img" aria-label="${words}">${line}</svg>`
}
