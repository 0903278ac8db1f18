/**
 * What a sweep found: recall at 1 against the rate, one line per method. A rate means little by itself: it multiplies
 * a gradient, and how long that is depends on the objective, and on whether the losses of a batch are summed or
 * averaged. So the same runs are also shown by rate x norm of the gradient, measured at the first step, where all
 * methods of a seed stand at the same parameters and see the same batch; and by the rate that would make the same
 * steps with averaged losses.
 */
import { GlasshouseError } from '../../base/errors.ts'
import { serverDocument } from '../../figures/canvas.node.ts'
import { drawRates } from '../../figures/rates.ts'
import type { DrawnPage } from '../../figures/report.ts'
import { isRunFolder, readRecord } from '../folder.node.ts'
import { readLog } from '../log.node.ts'
import type { EpochLine, RunRecord, StepLine } from '../record.ts'
import type { SweepRun } from './queue.node.ts'
import type { SweepStatus } from './runner.ts'

export interface SweepFinding {
  name: string
  folder: string
  series: string
  status: SweepStatus
  error?: string
  seed: number
  rate: number
  reduction: 'mean' | 'sum'
  /** recall at 1 (of a classifier: accuracy) after the last epoch, and at its best */
  score?: number
  best?: { epoch: number; score: number }
  /** before training */
  start?: number
  /** length of the gradient at the first step */
  gradientNorm?: number
  /** anchors of a batch that take part in the loss, on average */
  anchors?: number
}

/** Reads what a run has left. */
export async function findingOf(run: SweepRun): Promise<SweepFinding> {
  const { name, folder, series, status, error, seed, options } = run
  const finding: SweepFinding = {
    name,
    folder,
    series,
    status,
    error,
    seed,
    rate: options.lr,
    reduction: 'mean',
  }
  if (!isRunFolder(folder)) return finding
  try {
    return { ...finding, ...(await measured(folder, status)) }
  } catch (reason) {
    if (!(reason instanceof GlasshouseError)) throw reason
    // A run whose folder is damaged takes the others' results with it no more than one that failed.
    return { ...finding, status: 'failed', error: error ?? reason.message }
  }
}

async function measured(folder: string, status: SweepStatus): Promise<Partial<SweepFinding>> {
  const [record, log] = await Promise.all([readRecord(folder), readLog(folder)])
  const epochs = log.filter((line): line is EpochLine => line.kind === 'epoch')
  const steps = log.filter((line): line is StepLine => line.kind === 'step')
  return {
    reduction: reductionOf(record),
    score: status === 'finished' ? scoreOf(epochs.at(-1)) : undefined,
    best: record.best,
    start: scoreOf(epochs[0]),
    gradientNorm: numberOf(steps[0]?.gradientNorm),
    anchors: anchorsOf(record, steps),
  }
}

const scoreOf = (line?: EpochLine): number | undefined => line?.recall?.['1'] ?? line?.accuracy

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

const reductionOf = ({ objectiveOptions }: RunRecord): 'mean' | 'sum' =>
  objectiveOptions.reduction === 'sum' ? 'sum' : 'mean'

function anchorsOf({ training }: RunRecord, steps: readonly StepLine[]): number | undefined {
  if (!steps.length || numberOf(steps[0].dropped) === undefined) return undefined
  const dropped = steps.reduce((sum, line) => sum + Number(line.dropped), 0) / steps.length
  return training.batch * (1 - dropped)
}

/** The rate that makes the same steps with losses averaged over the anchors. */
export const meanRate = ({ rate, reduction, anchors }: SweepFinding): number | undefined =>
  reduction === 'mean' ? rate : anchors === undefined ? undefined : rate * anchors

/** The rate that makes the same steps with losses summed over the anchors. */
const sumRate = ({ rate, reduction, anchors }: SweepFinding): number | undefined =>
  reduction === 'sum' ? rate : anchors ? rate / anchors : undefined

/** The finished run with the highest score. */
export const bestOf = (findings: readonly SweepFinding[]): SweepFinding | undefined =>
  findings
    .filter(({ score }) => score !== undefined)
    .reduce<SweepFinding | undefined>((a, b) => (a && a.score! >= b.score! ? a : b), undefined)

export function drawSweep(findings: readonly SweepFinding[]): DrawnPage {
  const document = serverDocument()
  const finished = findings.filter(({ score }) => score !== undefined)
  const ended = findings.filter(({ status }) => status !== 'waiting' && status !== 'running')
  const mixed = new Set(findings.map(({ reduction }) => reduction)).size > 1
  const drawn = bestSeries(ended)
  const draw = (title: string, x: string, at: (finding: SweepFinding) => number | undefined) => {
    const lines = drawn.flatMap(name => {
      const runs = ended
        .filter(({ series }) => series === name)
        .flatMap(finding => {
          const place = at(finding)
          return place === undefined ? [] : [{ x: place, group: finding.rate, score: finding.score }]
        })
      return runs.some(({ score }) => score !== undefined) ? [{ name, runs }] : []
    })
    return lines.length ? drawRates({ title, x, y: 'recall at 1', lines }, document) : undefined
  }
  const norms = normsOf(findings)
  const listed = findings.length > listedRuns ? leading(findings, listedRuns) : findings
  const drawings = Object.fromEntries(
    Object.entries({
      rates: draw(
        'Recall at 1 against the rate',
        mixed ? 'learning rate, as given' : `learning rate (${reductionName(findings[0])})`,
        ({ rate }) => rate,
      ),
      ...(mixed && {
        'mean-rates': draw(
          'The same, all as if averaged',
          'rate for losses averaged over the anchors',
          meanRate,
        ),
      }),
      steps: draw(
        'The same at equal length of the gradient',
        'rate × norm of the gradient at the start',
        finding => {
          const norm = norms.get(finding.series)
          return norm === undefined ? undefined : finding.rate * norm
        },
      ),
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const best = bestOf(findings)
  const percent = (share?: number) => (share === undefined ? '–' : `${(100 * share).toFixed(1)} %`)
  const short = (value?: number) => (value === undefined ? '–' : String(Number(value.toPrecision(3))))
  const count = (status: SweepStatus) => findings.filter(run => run.status === status).length
  return {
    report: {
      title: 'A sweep',
      summary: `${findings.length} runs: ${(['finished', 'diverged', 'failed', 'waiting'] as const)
        .filter(status => count(status))
        .map(status => `${count(status)} ${status}`)
        .join(', ')}.`,
      figures: [
        ...(best
          ? [{ label: `best recall at 1: ${best.series}, rate ${best.rate}`, value: percent(best.score) }]
          : []),
        ...(finished[0]?.start === undefined
          ? []
          : [{ label: 'before training', value: percent(finished[0].start) }]),
      ],
      sections: [
        {
          title: 'Recall at 1 on the test images',
          parts: Object.entries(drawings).map(([name, svg]) => ({
            kind: 'figure',
            svg,
            caption: captions[name],
          })),
        },
        {
          title: 'All runs',
          parts: [
            {
              kind: 'text',
              text: `${findings.length > listedRuns ? `The ${listedRuns} best of ${findings.length} runs; result.json has all. ` : ''}${drawn.length < new Set(ended.map(({ series }) => series)).size ? `The plots show the ${drawn.length} lines with the best runs. ` : ''}A rate for averaged losses makes the same steps as that rate over the number of anchors for summed ones; the columns give both.`,
            },
            {
              kind: 'table',
              columns: [
                'run',
                'rate',
                'losses',
                'as mean',
                'as sum',
                'gradient at start',
                'seed',
                'recall at 1',
                'best (epoch)',
                'status',
              ],
              rows: listed.map(finding => [
                finding.series,
                finding.rate,
                finding.reduction === 'sum' ? 'summed' : 'averaged',
                short(meanRate(finding)),
                short(sumRate(finding)),
                short(finding.gradientNorm),
                finding.seed,
                percent(finding.score),
                finding.best ? `${percent(finding.best.score)} (${finding.best.epoch})` : '–',
                finding.error ? `${finding.status}: ${finding.error}` : finding.status,
              ]),
            },
          ],
        },
      ],
    },
    drawings,
  }
}

const reductionName = (finding?: SweepFinding): string =>
  finding?.reduction === 'sum' ? 'losses summed over the anchors' : 'losses averaged over the anchors'

const captions: Record<string, string> = {
  rates:
    'Every dot is a run after its last epoch, lines join the means, bars span the seeds; a cross on the floor is a run that diverged or failed.',
  'mean-rates': 'Rates for summed losses multiplied by the number of anchors that take part.',
  steps:
    'The rate times the length of the gradient at the first step, averaged over the runs of a line: with plain SGD, how far the first step goes.',
}

/** Mean over the runs of each line of the gradient's length at the first step. */
function normsOf(findings: readonly SweepFinding[]): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>()
  for (const { series, gradientNorm } of findings) {
    if (!gradientNorm) continue
    const { sum, count } = sums.get(series) ?? { sum: 0, count: 0 }
    sums.set(series, { sum: sum + gradientNorm, count: count + 1 })
  }
  return new Map([...sums].map(([series, { sum, count }]) => [series, sum / count]))
}

/** More lines than these cannot be told apart. */
const drawnLines = 12
/** Beyond these the page lists the best; result.json has all. */
const listedRuns = 500

/** The lines with the best runs, in the order of the grid; all where there is room for them. */
function bestSeries(findings: readonly SweepFinding[]): string[] {
  const all = [...new Set(findings.map(({ series }) => series))]
  if (all.length <= drawnLines) return all
  const best = new Map<string, number>()
  for (const { series, score = -1 } of findings) best.set(series, Math.max(best.get(series) ?? -1, score))
  const chosen = new Set([...all].sort((a, b) => best.get(b)! - best.get(a)!).slice(0, drawnLines))
  return all.filter(name => chosen.has(name))
}

const leading = (findings: readonly SweepFinding[], most: number): SweepFinding[] =>
  [...findings].sort((a, b) => (b.score ?? -1) - (a.score ?? -1)).slice(0, most)
