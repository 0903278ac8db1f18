/**
 * Learning-rate schedules: pure functions of the step. Each returns the factor that the base rate is multiplied
 * by at a step (counted from 0) out of `total`.
 */
export const schedules = ['constant', 'step', 'cosine', 'one-cycle'] as const
export type ScheduleName = (typeof schedules)[number]

export type Schedule = (step: number, total: number) => number

/** The shape of a one-cycle schedule (Smith and Topin 2018), in PyTorch's terms. */
export interface OneCycle {
  /** share of the run in which the rate rises: `pct_start` */
  rise: number
  /** the rate begins at this part of the peak: `div_factor` */
  startDivisor: number
  /** and ends at this part of where it began: `final_div_factor` */
  endDivisor: number
}

/** Where a step schedule falls, and by how much. */
export interface Steps {
  /** below 1 shares of the run, from 1 on epochs */
  at: readonly number[]
  factor: number
}

export interface ScheduleOptions {
  /** steps of linear rise at the beginning */
  warmup?: number
  oneCycle?: OneCycle
  steps?: Steps
  /** of the run, where `steps` are counted in them */
  epochs?: number
}

export const pytorchOneCycle: OneCycle = { rise: 0.3, startDivisor: 25, endDivisor: 1e4 }

/** A tenth after half of the steps, a hundredth after three quarters: the schedule of the easy-positive papers. */
export const usualSteps: Steps = { at: [0.5, 0.75], factor: 0.1 }

const cosineBetween = (from: number, to: number, progress: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * progress))

const table: Record<ScheduleName, (options: ScheduleOptions) => Schedule> = {
  constant: () => () => 1,
  step:
    ({ steps: { at, factor } = usualSteps, epochs = 1 }) =>
    (step, total) =>
      factor ** at.filter(place => step >= total * (place < 1 ? place : place / epochs)).length,
  cosine: () => (step, total) => cosineBetween(1, 0, step / total),
  'one-cycle':
    ({ oneCycle: { rise, startDivisor, endDivisor } = pytorchOneCycle }) =>
    (step, total) => {
      const start = 1 / startDivisor
      const peak = rise * total - 1
      if (step <= peak) return cosineBetween(start, 1, peak > 0 ? step / peak : 1)
      return cosineBetween(1, start / endDivisor, Math.min((step - peak) / Math.max(total - 1 - peak, 1), 1))
    },
}

export function scheduleNamed(name: ScheduleName, options: ScheduleOptions = {}): Schedule {
  const schedule = table[name](options)
  const { warmup = 0 } = options
  return (step, total) => schedule(step, total) * (step < warmup ? (step + 1) / warmup : 1)
}
