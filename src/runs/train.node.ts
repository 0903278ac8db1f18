/**
 * A run from where it stands to its end: the loop of `training/`, kept in the run's folder. Every step is a function
 * of the run's description, the seed, the epoch and the step alone, so a run that is killed at any moment and resumed
 * ends with the same bytes.
 */
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { makeFolder, writeInside } from '../base/files.node.ts'
import { percent } from '../base/percent.ts'
import { note, type Work } from '../base/work.ts'
import type { Tensor } from '../graph/tensor.ts'
import { networkModel } from '../models/export.ts'
import { headPrefix } from '../nets/architectures.ts'
import { isLora } from '../nets/lora.ts'
import { initialParameters, type Network } from '../nets/network.ts'
import type { BoundObjective } from '../objectives/objective.ts'
import type { Engine } from '../runtime/engine.ts'
import { frozenParameters } from '../training/freezing.ts'
import {
  addTo,
  beginning,
  type Course,
  type Position,
  runLoop,
  secondsOfStep,
  type Timing,
} from '../training/loop.ts'
import { scheduleNamed } from '../training/schedule.ts'
import { createTrainingStep, type TrainingStep } from '../training/step.ts'
import { readWeights } from '../weights/file.node.ts'
import { readCheckpoint } from './checkpoint.node.ts'
import { writeRecord } from './folder.node.ts'
import { createKeeper, networkOfState, type RunKeeper } from './keeper.node.ts'
import type { Lock } from './lock.node.ts'
import { cutLog, missingSteps, readLog, statisticsOf } from './log.node.ts'
import { checkpointName, choiceOf, type EpochLine, type RunRecord } from './record.ts'
import type { TrainingData } from './training-data.node.ts'

export interface TrainContext extends Work {
  engine: Engine
  folder: string
  /** of the folder */
  lock: Lock
  /** seconds between two checkpoints within an epoch */
  checkpointEvery: number
}

export interface TrainOutcome {
  record: RunRecord
  last: EpochLine
  /** the epoch whose scores are the run's: the best where validation images chose it, else the last */
  scored: EpochLine
  steps: number
  secondsPerStep: number
  imagesPerSecond: number
  /** share of the epochs’ time in which a step was computed; the rest went into images and checkpoints */
  computing: number
  /** mean loss of the last epoch */
  loss: number
}

/**
 * Trains from where `record` and the folder's last checkpoint stand to the end. On abort the state is saved,
 * the record says 'stopped', and the abort is thrown on.
 *
 * @param start the network with the parameters of epoch 0
 */
export async function train(
  context: TrainContext,
  record: RunRecord,
  objective: BoundObjective,
  data: TrainingData,
  start: Network,
): Promise<TrainOutcome> {
  const { engine, folder } = context
  await makeFolder(join(folder, 'checkpoints'))
  const saved = await readCheckpoint(folder)
  const position = saved?.position ?? beginning()
  const course = courseOf(record, data)
  const step = await createTrainingStep(
    engine,
    stepPlan(record, objective, data, start),
    saved?.tensors ?? startingTensors(record, start),
  )
  const began = { epoch: Math.max(position.epoch, 0), at: performance.now() }
  /** Of the whole run, from how long its epochs took so far with all that is done after each. */
  const secondsLeft = (epoch: number) =>
    (((performance.now() - began.at) / 1000) * (course.epochs - epoch)) / (epoch - began.epoch)
  try {
    await takeUpLog(context, position, course)
    const keeper = createKeeper(
      {
        ...context,
        onEpoch: line => note(context, describeEpoch(line, course.epochs, secondsLeft(line.epoch))),
      },
      record,
      data,
      start,
      step,
    )
    try {
      record.status = 'running'
      await writeRecord(folder, record)
      await announce(context, record, step, course, position)
      const timing = await runLoop(step, course, position, keeper, context)
      if (record.epochs < course.epochs) note(context, describeEnd(record, course.epochs))
      await exportBest(folder, record, start, step)
      record.status = 'finished'
      await writeRecord(folder, record)
      return outcomeOf(record, course, timing, await epochsOf(folder))
    } catch (error) {
      await stop(context, record, keeper, position, error)
      throw error
    } finally {
      keeper.close()
    }
  } finally {
    await step.dispose()
  }
}

function courseOf({ training }: RunRecord, { stepsPerEpoch, batches }: TrainingData): Course {
  const { epochs, batch } = training
  const schedule = scheduleNamed(training.schedule, training)
  const total = stepsPerEpoch * epochs
  return { epochs, batch, stepsPerEpoch, batches, rate: step => training.rate * schedule(step, total) }
}

/** The parameters of epoch 0, with those of updates of low rank where there are any. */
function startingTensors(
  { seed, training: { lora } }: RunRecord,
  start: Network,
): ReadonlyMap<string, Tensor> {
  if (!lora) return start.parameters
  const thin = [...initialParameters(start, seed, { lora })].filter(([name]) => isLora(name))
  return new Map([...start.parameters, ...thin])
}

const stepPlan = (record: RunRecord, objective: BoundObjective, data: TrainingData, start: Network) => ({
  network: start,
  batch: record.training.batch,
  objective,
  classes: data.trainedClasses,
  seed: record.seed,
  optimiser: record.training.optimiser,
  ema: record.training.ema,
  mixes: record.training.mixing !== undefined,
  frozen: frozenParameters(start, record.training),
  lora: record.training.lora,
  forms: record.forms,
  from: data.features?.layer,
  rateFactor: (name: string) => (name.startsWith(headPrefix(record.net)) ? record.training.headRate : 1),
})

/** Cuts the log back to the position, and completes the position by what only the log holds. */
async function takeUpLog(
  context: TrainContext,
  position: Position,
  { stepsPerEpoch }: Course,
): Promise<void> {
  const steps = Math.max(position.epoch, 0) * stepsPerEpoch + position.stepInEpoch
  const lines = await cutLog(context.folder, position.epoch, steps)
  for (const line of lines)
    if (line.kind === 'step' && line.epoch === position.epoch + 1)
      addTo(position.statisticSums, statisticsOf(line))
  const missing = missingSteps(lines, steps)
  if (missing)
    note(context, `the log lacks ${missing} of the ${steps} steps before this checkpoint; so do the curves`)
}

/** What stopped the run may also keep us from writing; its own message matters more. */
async function stop(
  { folder, signal }: TrainContext,
  record: RunRecord,
  keeper: RunKeeper,
  position: Position,
  error: unknown,
): Promise<void> {
  // Whoever holds the folder now keeps the run.
  if (error instanceof GlasshouseError && error.code === 'run-disturbed' && error.where?.endsWith('.lock'))
    return
  record.status = isDivergence(error) ? 'diverged' : 'stopped'
  const isSound = signal.aborted || (error instanceof GlasshouseError && error.code === 'run-disturbed')
  if (isSound && position.epoch >= 0) await keeper.save(position).catch(() => {})
  await writeRecord(folder, record).catch(() => {})
}

/** Whether the loss, or a vector after the epoch's last step, is no longer a number. */
const isDivergence = (error: unknown): boolean =>
  error instanceof GlasshouseError && (error.code === 'diverged' || error.code === 'not-finite')

/** Writes the network that the run is opened as, wherever a command takes a MODEL. */
async function exportBest(
  folder: string,
  record: RunRecord,
  start: Network,
  step: TrainingStep,
): Promise<void> {
  const epoch = record.best?.epoch ?? record.epochs
  const best: Network =
    epoch === record.epochs
      ? networkOfState(start, await step.state(), record.training)
      : { ...start, parameters: await readWeights(join(folder, checkpointName(epoch))) }
  await writeInside(folder, 'model.onnx', networkModel(best))
}

async function epochsOf(folder: string): Promise<EpochLine[]> {
  const epochs = (await readLog(folder)).filter(line => line.kind === 'epoch')
  if (epochs.length) return epochs
  throw new GlasshouseError({
    code: 'bad-log',
    what: 'the log has no epoch, though the run has finished',
    where: folder,
    hint: 'Restore log.ndjson, or train again',
  })
}

function outcomeOf(
  record: RunRecord,
  { stepsPerEpoch, batch }: Course,
  timed: Timing,
  lines: readonly EpochLine[],
): TrainOutcome {
  const last = lines[lines.length - 1]
  const { best } = record
  const chosen = best?.val === undefined ? last : lines.find(({ epoch }) => epoch === best.epoch)
  const secondsPerStep = timed.steps ? timed.seconds / timed.steps : 0
  return {
    record,
    last,
    scored: chosen ?? last,
    steps: record.epochs * stepsPerEpoch,
    secondsPerStep,
    imagesPerSecond: secondsPerStep ? batch / secondsPerStep : 0,
    computing: timed.seconds ? timed.inSteps / timed.seconds : 0,
    loss: last.loss ?? Number.NaN,
  }
}

/** Says how long the run will take, by a step whose result is dropped. */
async function announce(
  work: Work,
  record: RunRecord,
  step: TrainingStep,
  course: Course,
  { epoch }: Position,
): Promise<void> {
  const epochs = course.epochs - Math.max(epoch, 0)
  if (epochs <= 0) return
  note(work, choiceOf(record))
  const seconds = await secondsOfStep(step, course)
  const length = lengthOf(seconds * course.stepsPerEpoch * epochs)
  note(
    work,
    `about ${length}: ${epochs} epochs of ${course.stepsPerEpoch} steps, ${seconds.toFixed(2)} s each`,
  )
}

function lengthOf(seconds: number): string {
  const minutes = seconds / 60
  if (minutes < 1.5) return `${Math.max(1, Math.round(seconds))} seconds`
  return minutes < 120 ? `${Math.round(minutes)} minutes` : `${(minutes / 60).toFixed(1)} hours`
}

const describeEnd = ({ epochs, best, training: { patience } }: RunRecord, planned: number): string =>
  `training ends after epoch ${epochs} of ${planned}: none of the last ${patience} was better than epoch ${best?.epoch}`

function describeEpoch(
  { epoch, loss, accuracy, recall, imagesPerSecond }: EpochLine,
  epochs: number,
  secondsLeft: number,
): string {
  const score =
    accuracy !== undefined
      ? `accuracy ${percent(accuracy)}`
      : recall
        ? `recall at 1 ${percent(recall['1'])}`
        : ''
  return [
    `epoch ${epoch}/${epochs}`,
    `loss ${loss?.toFixed(3)}`,
    score,
    `${imagesPerSecond?.toFixed(0)} images/s`,
    epoch < epochs ? `about ${lengthOf(secondsLeft)} left` : '',
  ]
    .filter(Boolean)
    .join('  ')
}
