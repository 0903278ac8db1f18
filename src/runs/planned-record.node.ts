/**
 * The description of a run that has not begun, from the options that it was asked for with; and whether a run that
 * stands is what the options would begin.
 */
import { basename, resolve } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { type Step, storedSize } from '../data/augment.ts'
import { balancedWeights, listedWeights } from '../data/class-weights.ts'
import { isModelFile } from '../nets/architectures.ts'
import type { Head } from '../nets/network.ts'
import { outputStrideOf } from '../nets/output-stride.ts'
import type { ChosenObjective } from '../objectives/file.ts'
import type { Objective } from '../objectives/objective.ts'
import { adamBetas } from '../training/optimiser.ts'
import type { TrainingPlan } from '../training/plan.ts'
import { pytorchOneCycle, usualSteps } from '../training/schedule.ts'
import { readText } from '../weights/file.node.ts'
import { groupSize, requireBatches } from './batch-plan.ts'
import type { Purpose, RunRecord, SplitPlan } from './record.ts'
import { augmentations, objectiveSettings, type SizedOptions, type TrainOptions } from './train-options.ts'

/** Data that names no test images has a fifth of its images held out, unless something else was asked for. */
export function splitPlan({ holdOut, holdOutClasses, holdOutBy }: TrainOptions, divided: boolean): SplitPlan {
  if (holdOutClasses) return { kind: 'classes', share: holdOutClasses, by: holdOutBy }
  if (holdOut) return { kind: 'images', share: holdOut }
  return divided ? { kind: 'given' } : { kind: 'images', share: 0.2 }
}

/** How the images of a pretext task are cut, which it says itself. */
export type Geometry = Pick<TrainingPlan, 'augmentation' | 'storedSize'>

function geometryOf({ augment, size, fit, randAugment, randLayers }: SizedOptions): Geometry {
  const { size: side, steps } = augmentations[augment](size)
  const drawn: Step[] =
    randAugment === undefined ? [] : [{ name: 'rand-augment', layers: randLayers, magnitude: randAugment }]
  return {
    augmentation: { size: side, steps: [...steps, ...drawn] },
    // A whole image leaves crops no room to move in.
    storedSize: augment === 'none' || fit !== 'crop' ? size : storedSize(size),
  }
}

/** @param classes how many are trained on */
export function trainingPlan(
  options: SizedOptions,
  objective: Objective,
  classes: number,
  geometry: Geometry = geometryOf(options),
): TrainingPlan {
  const { batch, mixup, cutmix } = options
  const mixing =
    mixup === undefined && cutmix === undefined
      ? undefined
      : { ...(mixup !== undefined && { mixup }), ...(cutmix !== undefined && { cutmix }) }
  const perClass = options.perClass ?? groupSize(batch, classes)
  if (objective.balanced) requireBatches({ batch, perClass, classes })
  return {
    epochs: options.epochs,
    batch,
    coverage: options.coverage,
    perClass,
    rate: options.lr,
    optimiser: {
      name: options.optimizer,
      momentum: options.momentum,
      nesterov: options.nesterov,
      weightDecay: options.weightDecay,
      ...(options.optimizer !== 'sgd' && { betas: betasOf(options) }),
      ...(!options.decayNorms && { decayNorms: false }),
    },
    schedule: options.schedule,
    warmup: options.warmup,
    ...(options.schedule === 'one-cycle' && {
      oneCycle: {
        rise: options.rise,
        startDivisor: options.startDivisor,
        endDivisor: options.endDivisor,
      },
    }),
    ...(options.schedule === 'step' && { steps: { at: options.stepAt, factor: options.stepFactor } }),
    ...(options.ema !== undefined && { ema: options.ema }),
    ...(options.patience !== undefined && { patience: options.patience }),
    ...geometry,
    ...(mixing && { mixing }),
    ...(options.classWeights !== undefined && { classWeights: options.classWeights }),
    ...(options.freeze !== undefined && { freeze: options.freeze }),
    ...(options.freezeBn && { freezeNorms: true }),
    ...(options.lora !== undefined && {
      lora: { rank: options.lora, alpha: options.loraAlpha ?? options.lora },
    }),
    headRate: options.headRate,
    weights: isModelFile(options.net) ? resolve(options.net) : options.weights,
  }
}

const betasOf = ({ beta1 = adamBetas[0], beta2 = adamBetas[1] }: TrainOptions): [number, number] => [
  beta1,
  beta2,
]

/** @param images of each class, to train on */
export async function weightsOfClasses(
  { classWeights }: TrainOptions,
  classes: readonly string[],
  images: readonly number[],
): Promise<number[] | undefined> {
  if (classWeights === undefined) return undefined
  if (classWeights === 'balanced') return balancedWeights(images)
  return listedWeights(await readText(classWeights), classes, classWeights)
}

/** The stride that weights were trained with is kept, unless another one is asked for. */
export function strideFor(
  { net, size, outputStride }: SizedOptions,
  given?: { outputStride?: number },
): number | undefined {
  return given && outputStride === 'auto' ? given.outputStride : outputStrideOf(net, size, outputStride)
}

export interface Planned extends Purpose {
  options: TrainOptions
  chosen: ChosenObjective
  data: RunRecord['data']
  training: TrainingPlan
  /** one for each class, where classes are weighted */
  classWeights?: number[]
  outputStride?: number
}

/** What of a record follows from the options and the data alone. */
export type PlannedRecord = Pick<
  RunRecord,
  | 'data'
  | 'pretext'
  | 'moments'
  | 'net'
  | 'head'
  | 'outputStride'
  | 'objective'
  | 'objectiveFile'
  | 'objectiveOptions'
  | 'training'
>

export function plannedRecord({
  options,
  chosen: { objective, file },
  data,
  training,
  classWeights,
  outputStride,
  pretext,
  moments,
}: Planned): PlannedRecord {
  const head: Head =
    objective.kind === 'classes'
      ? { kind: 'classes', classes: data.classes }
      : { kind: 'embedding', dim: options.dim }
  return {
    data,
    ...(pretext && { pretext }),
    ...(moments && { moments }),
    net: isModelFile(options.net) ? basename(options.net) : options.net,
    head,
    ...(outputStride !== undefined && { outputStride }),
    objective: objective.name,
    ...(file && { objectiveFile: file }),
    objectiveOptions: { ...objectiveSettings(options, objective), ...(classWeights && { classWeights }) },
    training,
  }
}

/**
 * Refuses to take a run for the one that these options would begin, where an option that changes the result differs.
 * What the run found out from its data and its weights is taken as it found it; the data itself is checked where it is
 * read.
 *
 * @param geometry of a pretext task
 */
export async function requireSameRun(
  kept: RunRecord,
  options: TrainOptions,
  chosen: ChosenObjective,
  {
    folder,
    seed,
    pretext,
    moments,
    geometry,
  }: Purpose & { folder: string; seed: number; geometry?: Geometry },
): Promise<void> {
  const { perClass, weights } = kept.training
  const size = options.size ?? kept.preprocessing.size
  const asked = { ...options, size, perClass: options.perClass ?? perClass }
  // The groups of a batch were checked when the run began.
  const training = trainingPlan(asked, chosen.objective, Number.POSITIVE_INFINITY, geometry)
  const fromWeights = weights !== undefined && options.outputStride === 'auto'
  const planned = plannedRecord({
    options,
    chosen,
    data: { ...kept.data, split: splitPlan(options, kept.data.split.kind === 'given') },
    training,
    classWeights: await weightsOfRun(kept, options),
    outputStride: fromWeights ? kept.outputStride : strideFor(asked),
    pretext,
    moments,
  })
  const different = differencesOf(
    {
      ...settled(kept, chosen.objective),
      size: kept.preprocessing.size,
      fit: kept.preprocessing.fit ?? 'crop',
      seed: kept.seed,
    },
    { ...settled(planned, chosen.objective), size, fit: options.fit, seed },
  )
  if (!different.length) return
  const [{ place, before, now }] = different
  throw new GlasshouseError({
    code: 'run-changed',
    what: `the run in this folder was begun with other options: ${different.map(({ place }) => place).join(', ')}`,
    where: folder,
    expected: `${place} ${before}`,
    got: now,
    hint: 'Name another folder with --out, or give the options that it was begun with',
  })
}

/** The rule gives what it gave; a list may have changed. */
async function weightsOfRun({ data, training, objectiveOptions }: RunRecord, options: TrainOptions) {
  const { classWeights } = options
  const before = z.array(z.number()).safeParse(objectiveOptions.classWeights)
  if (classWeights === 'balanced' && training.classWeights === 'balanced') return before.data
  return weightsOfClasses(options, data.classes, [])
}

/**
 * What decides the result; where a file lies does not. What a record of an earlier version lacks stands for the default
 * that it was trained with.
 */
function settled({ objectiveFile, training, ...record }: PlannedRecord, chosen: Objective) {
  const { data, pretext, moments, net, head, outputStride, objective, objectiveOptions } = record
  return {
    split: settledSplit(data.split),
    pretext,
    moments,
    net,
    head,
    outputStride,
    objective,
    objectiveFile: objectiveFile?.sha256,
    objectiveOptions: {
      ...objectiveOptions,
      ...(objective === chosen.name && settingsOf(chosen, objectiveOptions)),
    },
    training: settledTraining(training),
  }
}

const settledSplit = (split: SplitPlan): SplitPlan =>
  split.kind === 'classes' ? { ...split, by: split.by === 'lot' ? 'random' : (split.by ?? 'name') } : split

/** With the defaults of options that did not exist then; undefined where they are no options of the objective. */
const settingsOf = ({ options }: Objective, given: Record<string, unknown>) =>
  z.record(z.string(), z.unknown()).safeParse(options.safeParse(given).data).data

function settledTraining(training: TrainingPlan): TrainingPlan {
  const { optimiser, schedule, coverage = 'largest-class' } = training
  const { oneCycle = pytorchOneCycle, steps = usualSteps } = training
  return {
    ...training,
    coverage,
    optimiser: { ...optimiser, ...(optimiser.name !== 'sgd' && { betas: optimiser.betas ?? adamBetas }) },
    ...(schedule === 'one-cycle' && { oneCycle }),
    ...(schedule === 'step' && { steps }),
  }
}

interface Difference {
  /** such as training.optimiser.name */
  place: string
  before: string
  now: string
}

/** The leaves in which two values differ; what is undefined counts as absent. */
export function differencesOf(before: unknown, now: unknown, place = ''): Difference[] {
  if (isRecord(before) && isRecord(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)])
    return [...keys].flatMap(key => differencesOf(before[key], now[key], place ? `${place}.${key}` : key))
  }
  const [one, other] = [before, now].map(value => JSON.stringify(value) ?? 'none')
  return one === other ? [] : [{ place, before: one, now: other }]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
