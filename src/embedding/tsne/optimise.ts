/**
 * The schedule of a run: early exaggeration with little momentum, then the plain gradient with more
 * (van der Maaten and Hinton 2008; Belkina et al. 2019 for the learning rate).
 */
import type { Job } from './job.ts'
import type { Tie } from './tie.ts'

export interface Schedule {
  /** steps in all */
  iterations: number
  /** affinities are multiplied by this... */
  exaggeration: number
  /** ...for this many steps at the beginning */
  exaggerationIterations: number
  /** factor of the gradient in a step, scikit-learn's convention; n / exaggeration / 4, at least 50, unless given */
  learningRate?: number
}

export const defaultSchedule: Schedule = { iterations: 1000, exaggeration: 12, exaggerationIterations: 250 }

export interface Ties {
  tie: Tie | undefined
  earlyTie?: Tie
}

const earlyMomentum = 0.5
const lateMomentum = 0.8
/** Steps between looks at the signal, so that a stop is felt at once. */
const stepsPerOrder = 10

/**
 * openTSNE and FIt-SNE write n / exaggeration for the same rate: their gradient lacks the factor of four. For
 * several maps, that of the smallest: one rate for all keeps the balance of divergence and tie.
 */
export function learningRateFor(job: Job, { learningRate, exaggeration }: Schedule): number {
  const count = Math.min(...job.maps.filter(map => !map.fixed).map(map => map.count))
  return learningRate ?? Math.max(50, count / exaggeration / 4)
}

/**
 * Runs the schedule from the given starts; the maps then lie in the job.
 * @param earlyTie in place of `tie` during the early exaggeration, when clusters find their places
 */
export async function optimise(
  job: Job,
  starts: readonly Float32Array[],
  { tie, earlyTie = tie }: Ties,
  schedule: Schedule,
  signal?: AbortSignal,
  onIteration?: (iteration: number) => void,
): Promise<void> {
  const { iterations, exaggeration, exaggerationIterations } = schedule
  const rate = learningRateFor(job, schedule)
  job.begin(starts, earlyTie, rate)
  for (let done = 0; done < iterations; ) {
    signal?.throwIfAborted()
    const early = done < exaggerationIterations
    // A new tie is a new problem: what the maps gathered of motion and gains under the old one would throw them about.
    if (done === exaggerationIterations && earlyTie !== tie) job.begin(job.positions(), tie, rate)
    const steps = Math.min(
      stepsPerOrder,
      (early ? Math.min(exaggerationIterations, iterations) : iterations) - done,
    )
    await job.descend(steps, early ? exaggeration : 1, early ? earlyMomentum : lateMomentum)
    done += steps
    onIteration?.(done)
  }
}
