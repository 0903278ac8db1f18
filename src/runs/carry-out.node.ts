/** Begins a run, or goes on with one: plans it, trains it in a folder that is locked meanwhile, and draws it. */
import type { Network } from '../nets/network.ts'
import { centredByPerson } from '../objectives/centred.ts'
import { type BoundObjective, bindObjective } from '../objectives/objective.ts'
import type { Context } from '../runtime/context.ts'
import { fixedLayer } from '../training/freezing.ts'
import { type Lock, lockFolder } from './lock.node.ts'
import { readLog } from './log.node.ts'
import { openModelWith } from './open-model.node.ts'
import { planRun, type Task } from './plan.node.ts'
import { writePredictions } from './predictions.node.ts'
import type { Purpose, RunRecord } from './record.ts'
import type { DrawnRun } from './report.node.ts'
import { type Resumption, resumeRun } from './resume.node.ts'
import { type TrainOutcome, train } from './train.node.ts'
import type { TrainOptions } from './train-options.ts'
import { prepareData, type TrainingData, withFeatures } from './training-data.node.ts'

export interface CarriedOut {
  outcome: TrainOutcome
  data: TrainingData
  /** the run's page; what was measured stands without it */
  draw(): Promise<DrawnRun>
}

/** A new run in `folder`, from its options to its last epoch; for a purpose of its own where one is given. */
export async function beginRun(
  context: Context,
  data: string | undefined,
  options: TrainOptions,
  folder: string,
  purpose?: Purpose,
): Promise<CarriedOut> {
  return inLocked(folder, async lock => {
    const task = await planRun(context, data, options, folder, purpose)
    return carryOut(context, folder, lock, task, options.checkpointEvery)
  })
}

/** The rest of a run that was stopped or killed; its data may be at another place by now. */
export async function continueRun(
  context: Context,
  folder: string,
  { checkpointEvery, ...given }: Resumption & { checkpointEvery: number },
): Promise<CarriedOut> {
  return inLocked(folder, async lock => {
    const task = await resumeRun(context, folder, given)
    return carryOut(context, folder, lock, task, checkpointEvery)
  })
}

async function inLocked<T>(folder: string, work: (lock: Lock) => Promise<T>): Promise<T> {
  const lock = await lockFolder(folder)
  try {
    return await work(lock)
  } finally {
    lock.release()
  }
}

/** Trains from where the run stands to its end. */
async function carryOut(
  context: Context,
  folder: string,
  lock: Lock,
  { record, objective, dataset, pictures, start }: Task,
  checkpointEvery: number,
): Promise<CarriedOut> {
  const prepared = prepareData(record, dataset, pictures, objective.balanced)
  const engine = await context.engine()
  const data = await withFixedFeatures(context, prepared, start, record.training)
  const outcome = await train(
    { signal: context.signal, emit: context.emit, engine, folder, lock, checkpointEvery },
    record,
    purposeful(bindObjective(objective, record.objectiveOptions), record),
    data,
    start,
  )
  return {
    outcome,
    data,
    async draw() {
      // What draws takes as long to load as a small network to compile, so the first step does not wait for it.
      const { drawRun } = await import('./report.node.ts')
      const { network } = await openModelWith(folder, { engine: context.engine })
      const drawn = await drawRun({ record, log: await readLog(folder), data, network, engine })
      if (drawn.answers) await writePredictions(folder, data, drawn.answers.indices, drawn.answers.answers)
      return drawn
    },
  }
}

/** Of moments, what is compared is how each person differs from its own mean. */
const purposeful = (objective: BoundObjective, { moments }: RunRecord): BoundObjective =>
  moments ? centredByPerson(objective, moments.people) : objective

/** Where a frozen part of the network sees the same images in every epoch, it is run once. */
async function withFixedFeatures(
  context: Context,
  data: TrainingData,
  start: Network,
  training: Parameters<typeof fixedLayer>[1],
): Promise<TrainingData> {
  const layer = fixedLayer(start, training)
  if (!layer) return data
  return withFeatures(await context.engine(), start, data, layer, {
    work: context,
    stage: `features of ${layer}`,
  })
}
