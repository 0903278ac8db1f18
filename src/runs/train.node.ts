/**
 * The training loop. What it does at a step is a function of the run's description, the seed, the epoch and the
 * step alone, so a run that is killed at any moment and resumed ends with the same bytes.
 */
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { makeFolder, writeFileAtomic } from '../base/files.node.ts'
import type { Tensor } from '../graph/tensor.ts'
import { networkModel } from '../models/export.ts'
import { headPrefix } from '../nets/architectures.ts'
import type { Network, NetworkPlan } from '../nets/network.ts'
import { parameterSpecs } from '../nets/network.ts'
import { bindObjective } from '../objectives/objective.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import type { Engine } from '../runtime/engine.ts'
import { frozenParameters } from '../training/freezing.ts'
import { scheduleNamed } from '../training/schedule.ts'
import { createTrainingStep, type TrainingStep } from '../training/step.ts'
import { readWeights } from '../weights/file.node.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import { evaluateEpoch } from './epoch.node.ts'
import {
  appendLog,
  cutLog,
  type Position,
  readCheckpoint,
  readLog,
  writeCheckpoint,
  writeRecord,
} from './folder.node.ts'
import {
  checkpointName,
  choiceOf,
  type EpochLine,
  type RunRecord,
  type Scores,
  type StepLine,
} from './record.ts'
import type { TrainingData } from './training-data.node.ts'

export interface TrainContext {
  engine: Engine
  folder: string
  signal: AbortSignal
  /** seconds between two checkpoints within an epoch */
  checkpointEvery: number
  note(text: string): void
  progress(
    label: string,
    total: number,
    from?: number,
  ): { update(done: number, note?: string): void; done(): void }
}

export interface TrainOutcome {
  record: RunRecord
  last: EpochLine
  /** the epoch whose scores are the run's: the best where validation images chose it, else the last */
  scored: EpochLine
  steps: number
  secondsPerStep: number
  imagesPerSecond: number
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
  data: TrainingData,
  start: Network,
): Promise<TrainOutcome> {
  const { engine, folder, signal, note } = context
  const { training } = record
  const objective = bindObjective(objectiveNamed(record.objective), record.objectiveOptions)
  await makeFolder(join(folder, 'checkpoints'))
  const saved = await readCheckpoint(folder)
  const position: Position = saved?.position ?? { epoch: -1, stepInEpoch: 0, lossSum: 0 }
  const stepsPerEpoch = data.stepsPerEpoch
  const total = stepsPerEpoch * training.epochs
  const schedule = scheduleNamed(training.schedule, training.warmup)

  const step = await createTrainingStep(
    engine,
    {
      network: start,
      batch: training.batch,
      objective,
      classes: data.trainedClasses,
      seed: record.seed,
      optimiser: training.optimiser,
      frozen: frozenParameters(start, training),
      from: data.features?.layer,
      rateFactor: name => (name.startsWith(headPrefix(record.net)) ? training.headRate : 1),
    },
    saved?.tensors ?? start.parameters,
  )
  const stepsDone = () => Math.max(position.epoch, 0) * stepsPerEpoch + position.stepInEpoch
  await cutLog(folder, position.epoch, stepsDone())
  const networkNow = (): Network => ({ ...start, parameters: networkParameters(start, step) })
  /** what the run is opened as, wherever a command takes a MODEL */
  const networkAtBest = async (): Promise<Network> => {
    const { epoch } = record.best ?? position
    if (epoch === position.epoch) return networkNow()
    return { ...start, parameters: await readWeights(join(folder, checkpointName(epoch))) }
  }
  const save = () => writeCheckpoint(folder, step.state(), position)

  let timed = { steps: 0, seconds: 0 }
  let last: EpochLine | undefined
  const finishEpoch = async (
    epoch: number,
    means: Pick<EpochLine, 'loss' | 'statistics' | 'imagesPerSecond'> = {},
  ) => {
    await writeFileAtomic(
      join(folder, checkpointName(epoch)),
      encodeSafetensors(networkNow().parameters, { epoch: String(epoch) }),
    )
    last = await evaluateEpoch(context, record, networkNow(), data, epoch)
    last = { ...last, step: epoch * stepsPerEpoch, ...means }
    appendLog(folder, last)
    choose(record, last)
    record.epochs = epoch
    await writeRecord(folder, record)
    Object.assign(position, { epoch, stepInEpoch: 0, lossSum: 0 })
    await save()
  }

  record.status = 'running'
  await writeRecord(folder, record)
  try {
    if (position.epoch < 0) await finishEpoch(0)
    if (position.epoch < training.epochs) note(choiceOf(record))
    if (position.epoch < training.epochs)
      await announce(note, step, data, training.epochs - position.epoch, stepsPerEpoch)

    while (position.epoch < training.epochs) {
      const epoch = position.epoch + 1
      const progress = context.progress(
        `epoch ${epoch}/${training.epochs}`,
        stepsPerEpoch,
        position.stepInEpoch,
      )
      const started = performance.now()
      const first = position.stepInEpoch
      let savedAt = started
      const watched = first > 0 ? await watchedSoFar(folder, epoch) : {}
      for (const batch of data.batches(epoch, first)) {
        signal.throwIfAborted()
        const index = (epoch - 1) * stepsPerEpoch + position.stepInEpoch
        const rate = training.rate * schedule(index, total)
        const { loss, statistics } = await step.run(batch.images, batch.labels, rate, index)
        // Where the parameters are no numbers any more, every anchor can be dropped, and the loss is 0.
        if (!Number.isFinite(loss) || !Number.isFinite(statistics.gradientNorm ?? 0))
          throw diverged(index, epoch, rate, folder)
        const line: StepLine = { kind: 'step', epoch, step: index, loss, rate, ...statistics }
        appendLog(folder, line)
        addTo(watched, statistics)
        position.stepInEpoch++
        position.lossSum += loss
        progress.update(position.stepInEpoch, `loss ${(position.lossSum / position.stepInEpoch).toFixed(3)}`)
        if (
          performance.now() - savedAt > 1000 * context.checkpointEvery &&
          position.stepInEpoch < stepsPerEpoch
        ) {
          await save()
          savedAt = performance.now()
        }
      }
      progress.done()
      const seconds = (performance.now() - started) / 1000
      timed = { steps: timed.steps + stepsPerEpoch - first, seconds: timed.seconds + seconds }
      await finishEpoch(epoch, {
        loss: position.lossSum / stepsPerEpoch,
        statistics: Object.fromEntries(
          Object.entries(watched).map(([name, sum]) => [name, sum / stepsPerEpoch]),
        ),
        imagesPerSecond: ((stepsPerEpoch - first) * training.batch) / seconds,
      })
      note(describeEpoch(last!, training.epochs))
    }
    await writeFileAtomic(join(folder, 'model.onnx'), networkModel(await networkAtBest()))
    record.status = 'finished'
    await writeRecord(folder, record)
  } catch (error) {
    record.status = isDivergence(error) ? 'diverged' : 'stopped'
    // What stopped the run may also keep us from writing; its own message matters more.
    if (signal.aborted && position.epoch >= 0) await save().catch(() => {})
    await writeRecord(folder, record).catch(() => {})
    throw error
  } finally {
    await step.dispose()
  }
  const secondsPerStep = timed.steps ? timed.seconds / timed.steps : 0
  // A run that had ended before has its last epoch in the log alone.
  const epochs = (await readLog(folder)).filter(line => line.kind === 'epoch')
  last ??= epochs.at(-1)!
  const chosen =
    record.best?.val === undefined ? last : epochs.find(({ epoch }) => epoch === record.best?.epoch)
  return {
    record,
    last,
    scored: chosen ?? last,
    steps: total,
    secondsPerStep,
    imagesPerSecond: secondsPerStep ? training.batch / secondsPerStep : 0,
    loss: last.loss ?? Number.NaN,
  }
}

/** Makes the epoch the best so far, if it is: by its validation images, or by its test images where there are none. */
function choose(record: RunRecord, line: EpochLine): void {
  const [score, val] = [scoreOf(line), line.val && scoreOf(line.val)]
  if (line.epoch === 0 || score === undefined) return
  const { best } = record
  if (best && (val ?? score) <= (best.val ?? best.score)) return
  record.best = { epoch: line.epoch, score, ...(val !== undefined && { val }) }
}

const scoreOf = ({ accuracy, recall }: Scores): number | undefined => accuracy ?? recall?.['1']

/** Whether the loss, or a vector after the epoch's last step, is no longer a number. */
const isDivergence = (error: unknown): boolean =>
  error instanceof GlasshouseError && (error.code === 'diverged' || error.code === 'not-finite')

/** Sums of the statistics of an epoch's steps, as far as the log holds them: a resumed epoch goes on from there. */
async function watchedSoFar(folder: string, epoch: number): Promise<Record<string, number>> {
  const sums: Record<string, number> = {}
  for (const line of await readLog(folder)) {
    if (line.kind !== 'step' || line.epoch !== epoch) continue
    const { kind, epoch: _, step, loss, rate, ...statistics } = line
    addTo(sums, statistics as Record<string, number>)
  }
  return sums
}

function addTo(sums: Record<string, number>, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) sums[name] = (sums[name] ?? 0) + value
}

/** The parameters of the network alone, without the optimiser's slots. */
function networkParameters(plan: NetworkPlan, step: TrainingStep): Map<string, Tensor> {
  const state = step.state()
  return new Map([...parameterSpecs(plan).keys()].map(name => [name, state.get(name)!]))
}

/** Times one step, whose result is thrown away, and says how long the rest will take. */
async function announce(
  note: TrainContext['note'],
  step: TrainingStep,
  data: TrainingData,
  epochs: number,
  stepsPerEpoch: number,
): Promise<void> {
  const [batch] = data.batches(1, 0)
  const started = performance.now()
  await step.rehearse(batch.images, batch.labels)
  await step.rehearse(batch.images, batch.labels)
  const seconds = (performance.now() - started) / 2000
  const minutes = (seconds * stepsPerEpoch * epochs) / 60
  const length =
    minutes < 1.5 ? `${Math.max(1, Math.round(minutes * 60))} seconds` : `${Math.round(minutes)} minutes`
  note(`about ${length}: ${epochs} epochs of ${stepsPerEpoch} steps, ${seconds.toFixed(2)} s each`)
}

function describeEpoch(
  { epoch, loss, accuracy, recall, imagesPerSecond }: EpochLine,
  epochs: number,
): string {
  const score =
    accuracy !== undefined
      ? `accuracy ${(100 * accuracy).toFixed(1)} %`
      : recall
        ? `recall at 1 ${(100 * recall['1']).toFixed(1)} %`
        : ''
  return [
    `epoch ${epoch}/${epochs}`,
    `loss ${loss?.toFixed(3)}`,
    score,
    `${imagesPerSecond?.toFixed(0)} images/s`,
  ]
    .filter(Boolean)
    .join('  ')
}

function diverged(step: number, epoch: number, rate: number, folder: string): GlasshouseError {
  return new GlasshouseError({
    code: 'diverged',
    what: `the loss or its gradient is no longer a number at step ${step} (epoch ${epoch}, learning rate ${rate.toPrecision(3)})`,
    where: folder,
    hint: `Try a lower rate, such as --lr ${(rate / 10).toPrecision(1)}, or --warmup; the checkpoints before it are kept`,
  })
}
