/**
 * Learning-rate schedules: pure functions of the step. Each returns the factor that the base rate is multiplied
 * by at a step (counted from 0) out of `total`.
 */
export const schedules = ['constant', 'step', 'cosine', 'one-cycle'] as const
export type ScheduleName = (typeof schedules)[number]

export type Schedule = (step: number, total: number) => number

const cosineBetween = (from: number, to: number, progress: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * progress))

/** One-cycle (Smith and Topin 2018) as in PyTorch: 30 % up from 1/25 of the peak, then down to 1e-4 of the start. */
const oneCycle = { rise: 0.3, start: 1 / 25, end: 1 / 25 / 1e4 }

const table: Record<ScheduleName, Schedule> = {
  constant: () => 1,
  // A tenth after half of the steps, a hundredth after three quarters: the easy-positive papers' schedule.
  step: (step, total) => (step < total / 2 ? 1 : step < (3 * total) / 4 ? 0.1 : 0.01),
  cosine: (step, total) => cosineBetween(1, 0, step / total),
  'one-cycle': (step, total) => {
    const { rise, start, end } = oneCycle
    const peak = rise * total - 1
    if (step <= peak) return cosineBetween(start, 1, peak > 0 ? step / peak : 1)
    return cosineBetween(1, end, Math.min((step - peak) / Math.max(total - 1 - peak, 1), 1))
  },
}

/** A schedule with a linear warm-up over the first `warmup` steps. */
export function scheduleNamed(name: ScheduleName, warmup = 0): Schedule {
  const schedule = table[name]
  return (step, total) => schedule(step, total) * (step < warmup ? (step + 1) / warmup : 1)
}
