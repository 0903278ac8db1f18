/** The curves of one or more logs: loss and what the objective watches by step, scores by epoch. */
import type { EpochLine, StepLine } from '../../../src/runs/record.ts'
import { metricName } from '../../metric-names.ts'
import type { Series } from '../../parts/thin.ts'

/** A curve that forgets: the exponential mean, corrected for its beginning. */
export function smoothed(values: readonly number[], weight: number): number[] {
  let [mean, share] = [0, 0]
  return values.map(value => {
    if (!Number.isFinite(value)) return value
    mean = weight * mean + (1 - weight) * value
    share = weight * share + (1 - weight)
    return mean / share
  })
}

export function lossSeries(steps: readonly StepLine[], weight: number): Series[] {
  const x = steps.map(({ step }) => step)
  const y = steps.map(({ loss }) => loss)
  if (weight === 0) return [{ name: 'loss', colour: 0, x, y }]
  return [
    { name: 'each step', colour: 0, x, y, faint: true },
    { name: 'loss', colour: 0, x, y: smoothed(y, weight) },
  ]
}

export const ratesOf = (steps: readonly StepLine[]): Series[] => [
  { name: 'learning rate', colour: 4, x: steps.map(({ step }) => step), y: steps.map(({ rate }) => rate) },
]

const own = new Set(['kind', 'epoch', 'step', 'loss', 'rate'])

/** What else is logged with each step: one curve for each. */
export function statisticsOf(steps: readonly StepLine[], weight: number): Series[] {
  const names = new Set(steps.slice(0, 50).flatMap(line => Object.keys(line)))
  return [...names]
    .filter(name => !own.has(name))
    .map((name, index) => {
      const y = steps.map(line => {
        const value = line[name]
        return typeof value === 'number' ? value : Number.NaN
      })
      return {
        name: metricName(name),
        colour: (index + 1) % 8,
        x: steps.map(({ step }) => step),
        y: weight ? smoothed(y, weight) : y,
      }
    })
}

export function scoreSeries(epochs: readonly EpochLine[]): Series[] {
  const pick = (name: string, colour: number, of: (line: EpochLine) => number | undefined): Series[] => {
    const lines = epochs.filter(line => of(line) !== undefined)
    return lines.length
      ? [{ name, colour, x: lines.map(({ epoch }) => epoch), y: lines.map(line => of(line) ?? Number.NaN) }]
      : []
  }
  const depths = [...new Set(epochs.flatMap(({ recall }) => Object.keys(recall ?? {})))]
  return [
    ...pick('accuracy', 0, ({ accuracy }) => accuracy),
    ...depths.flatMap((depth, index) => pick(`recall at ${depth}`, index, ({ recall }) => recall?.[depth])),
    ...pick('validation', 2, ({ val }) => val?.accuracy ?? val?.recall?.['1']),
  ]
}

/** The one score that runs are compared by. */
export const scoreOf = ({ accuracy, recall }: EpochLine): number | undefined => accuracy ?? recall?.['1']
