/**
 * The training loop: step after step, epoch after epoch, from any position on. It touches no disk. What is kept of a
 * step or an epoch, and where, is up to the `Keeper` that the loop is given; `runs/` has the one that writes a folder.
 *
 * What happens at a step is a function of the course, the epoch and the step alone, so a loop that is entered again at
 * a position repeats what an undisturbed one does from there on.
 */
import { GlasshouseError } from '../base/errors.ts'
import { inStage, type Stage, type Work } from '../base/work.ts'
import type { LoadedBatch } from '../data/loader.ts'
import type { TrainingStep } from './step.ts'

/** What is done at every step: the batches, and the learning rate. */
export interface Course {
  epochs: number
  stepsPerEpoch: number
  /** images in a step */
  batch: number
  /** learning rate at a step, counted from 0 over the whole training */
  rate(step: number): number
  /** the batches of an epoch (counted from 1), from a step on */
  batches(epoch: number, from: number): Iterable<LoadedBatch>
}

/** Where the loop stands: what it needs, besides the tensors of the step, to go on as if nothing had happened. */
export interface Position {
  /** epochs finished; -1 before the network has been looked at for the first time */
  epoch: number
  /** steps finished in the epoch under way */
  stepInEpoch: number
  /** sums over those steps: of the loss, and of what the objective watches */
  lossSum: number
  statisticSums: Record<string, number>
}

export const beginning = (): Position => ({ epoch: -1, stepInEpoch: 0, lossSum: 0, statisticSums: {} })

export interface FinishedStep {
  /** counted from 1 */
  epoch: number
  /** counted from 0 over the whole training */
  step: number
  loss: number
  rate: number
  statistics: Readonly<Record<string, number>>
}

/** Means over the steps of an epoch. */
export interface EpochMeans {
  loss: number
  statistics: Record<string, number>
  imagesPerSecond: number
}

/** Takes what the loop has made. The loop waits for it before it goes on. */
export interface Keeper {
  /** a step is done; `position` counts it already */
  step(finished: FinishedStep, position: Readonly<Position>): void | Promise<void>
  /** an epoch is done; epoch 0, the network before training, has no means */
  epoch(epoch: number, means?: EpochMeans): Promise<void>
  /** whether training ends here although epochs are left; never unless given */
  isEnough?(): boolean
}

export interface Timing {
  steps: number
  seconds: number
  /** of these, those in which a step was computed; the rest went into images and checkpoints */
  inSteps: number
}

/** Moves `position` from where it stands to the end of the course. It stays valid when the loop throws. */
export async function runLoop(
  step: TrainingStep,
  course: Course,
  position: Position,
  keeper: Keeper,
  work: Work,
): Promise<Timing> {
  const timing = { steps: 0, seconds: 0, inSteps: 0 }
  const finish = async (epoch: number, means?: EpochMeans) => {
    await keeper.epoch(epoch, means)
    Object.assign(position, { ...beginning(), epoch })
  }
  if (position.epoch < 0) await finish(0)
  while (position.epoch < course.epochs && !keeper.isEnough?.()) {
    const first = position.stepInEpoch
    const started = performance.now()
    timing.inSteps += await runEpoch(step, course, position, keeper, work)
    const seconds = (performance.now() - started) / 1000
    timing.steps += course.stepsPerEpoch - first
    timing.seconds += seconds
    await finish(position.epoch + 1, meansOf(position, course, first, seconds))
  }
  return timing
}

/** The remaining steps of the epoch under way; returns the seconds in which a step was computed. */
async function runEpoch(
  step: TrainingStep,
  { epochs, stepsPerEpoch, rate, batches }: Course,
  position: Position,
  keeper: Keeper,
  work: Work,
): Promise<number> {
  const epoch = position.epoch + 1
  const from = position.stepInEpoch
  let inSteps = 0
  const train = async (update: Stage['update']) => {
    for (const batch of batches(epoch, from)) {
      work.signal.throwIfAborted()
      const index = (epoch - 1) * stepsPerEpoch + position.stepInEpoch
      const rateNow = rate(index)
      const began = performance.now()
      const { loss, statistics } = await step.run(batch.images, batch.labels, rateNow, index, batch.mixed)
      inSteps += (performance.now() - began) / 1000
      requireFinite(loss, statistics, { epoch, step: index, rate: rateNow })
      position.stepInEpoch++
      position.lossSum += loss
      addTo(position.statisticSums, statistics)
      await keeper.step({ epoch, step: index, loss, rate: rateNow, statistics }, position)
      update(position.stepInEpoch, `loss ${(position.lossSum / position.stepInEpoch).toFixed(3)}`)
    }
  }
  await inStage(work, `epoch ${epoch}/${epochs}`, { total: stepsPerEpoch, from }, train)
  return inSteps
}

function meansOf(
  { lossSum, statisticSums }: Position,
  { stepsPerEpoch, batch }: Course,
  first: number,
  seconds: number,
): EpochMeans {
  const means = Object.entries(statisticSums).map(([name, sum]) => [name, sum / stepsPerEpoch] as const)
  return {
    loss: lossSum / stepsPerEpoch,
    statistics: Object.fromEntries(means),
    imagesPerSecond: ((stepsPerEpoch - first) * batch) / seconds,
  }
}

export function addTo(sums: Record<string, number>, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) sums[name] = (sums[name] ?? 0) + value
}

/** Where the parameters are not finite any more, every anchor can be dropped, and the loss is 0: so the gradient counts too. */
function requireFinite(
  loss: number,
  statistics: Readonly<Record<string, number>>,
  { epoch, step, rate }: Pick<FinishedStep, 'epoch' | 'step' | 'rate'>,
): void {
  if (Number.isFinite(loss) && Number.isFinite(statistics.gradientNorm ?? 0)) return
  throw new GlasshouseError({
    code: 'diverged',
    what: `the loss or its gradient is no longer a number at step ${step} (epoch ${epoch}, learning rate ${rate.toPrecision(3)})`,
    hint: `Try a lower rate, such as --lr ${(rate / 10).toPrecision(1)}, or --warmup; the checkpoints before it are kept`,
  })
}

/** Seconds that a step takes: those of a second one, after a first; the results of both are dropped. */
export async function secondsOfStep(step: TrainingStep, course: Course): Promise<number> {
  for (const { images, labels } of course.batches(1, 0)) {
    // The first step allocates memory and takes up to four times as long as the others.
    await step.rehearse(images, labels)
    const started = performance.now()
    await step.rehearse(images, labels)
    return (performance.now() - started) / 1000
  }
  return 0
}
