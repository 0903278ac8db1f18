/**
 * From the options of `train` to a run that is ready to begin; and from a run's folder back to it. Everything that can
 * be checked is checked here, what is cheap first: images are decoded, once, when all else is known to be right.
 */
import { availableParallelism } from 'node:os'
import { basename, resolve } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { version } from '../base/version.node.ts'
import { note } from '../base/work.ts'
import { storedSize } from '../data/augment.ts'
import { openPictures } from '../data/cache.node.ts'
import { type DataOutline, type Dataset, imagesPerClass, indicesOf } from '../data/dataset.ts'
import { openData } from '../data/open-data.node.ts'
import { colourStatistics, type PictureStore } from '../data/store.ts'
import { isModelFile } from '../nets/architectures.ts'
import { buildNetwork, type Head, type Network } from '../nets/network.ts'
import { outputStrideOf } from '../nets/output-stride.ts'
import { isObjectiveFile, type OwnFile } from '../objectives/file.ts'
import type { Objective } from '../objectives/objective.ts'
import { openObjective, openOwnObjective, requireSameFile } from '../objectives/own.node.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import type { Context } from '../runtime/context.ts'
import { frozenParameters } from '../training/freezing.ts'
import type { TrainingPlan } from '../training/plan.ts'
import { groupSize, requireBatches } from './batch-plan.ts'
import {
  countsOf,
  divide,
  isDivided,
  notesOnDivision,
  requireClassmates,
  requireTrainable,
} from './division.ts'
import { isRunFolder, readRecord, requireRunFolder } from './folder.node.ts'
import { keepModel, networkOf } from './kept-model.node.ts'
import { openModelWith, settingsOfWeights, startingNetwork, type WeightsSettings } from './open-model.node.ts'
import { divideInForms, openFormsOf, pretextGeometry } from './pretext/data.node.ts'
import type { PretextPlan, RunRecord, SplitPlan } from './record.ts'
import { augmentations, objectiveSettings, requireConsistent, type TrainOptions } from './train-options.ts'

/** A run that is ready to begin, or to go on. */
export interface Task {
  record: RunRecord
  objective: Objective
  /** divided as the record says */
  dataset: Dataset
  /** of the data set, decoded at the size that the run is trained with */
  pictures: PictureStore
  /** the network with the parameters of epoch 0 */
  start: Network
}

/** A new run as its options describe it; with `pretext` the classes are the forms of a pretext task. */
export async function planRun(
  context: Context,
  data: string | undefined,
  options: TrainOptions,
  folder: string,
  pretext?: PretextPlan,
): Promise<Task> {
  const source = requireData(data)
  requireNewRun(folder)
  const chosen = await openObjective(options.objective)
  requireConsistent(options, chosen)
  const { objective, file } = chosen
  const given = await givenByWeights(context, options)
  const { dataset, split } = await readDivided(context, source, options, objective, pretext)
  const training = trainingPlan(options, objective, dataset, pretext)
  const planned = { source, options, objective, file, dataset, split, training, given, pretext }
  const unpainted = recordOf(context, planned)
  if (isModelFile(options.net)) await keepModel(options.net, folder)
  frozenParameters(await networkOf(unpainted, folder, context.engine), training)
  const start = await startingNetwork(unpainted, folder, context.engine)
  const pictures = await picturesOf(context, dataset, unpainted)
  const { mean, deviation } = given?.colours ?? colourStatistics(pictures, indicesOf(dataset, 'train'))
  const preprocessing = { ...unpainted.preprocessing, mean, deviation }
  return {
    record: { ...unpainted, preprocessing },
    objective,
    dataset,
    pictures,
    start: { ...start, preprocessing },
  }
}

function requireData(data: string | undefined): string {
  if (data !== undefined) return data
  throw new GlasshouseError({
    code: 'argument-missing',
    what: 'there is nothing to train on',
    where: 'DATA',
    hint: 'Name a folder of images: glasshouse train DATA',
  })
}

function requireNewRun(folder: string): void {
  if (!isRunFolder(folder)) return
  throw new GlasshouseError({
    code: 'run-exists',
    what: 'there is a run in this folder already',
    where: folder,
    hint: `Go on with it by --resume ${folder}, or name another folder with --out`,
  })
}

/** What weights have learned holds for what they were trained with. Undefined where training starts from none. */
async function givenByWeights(context: Context, options: TrainOptions): Promise<WeightsSettings | undefined> {
  const { net, weights } = options
  if (!isModelFile(net))
    return weights === undefined ? undefined : settingsOfWeights(net, weights, context.engine)
  const { mean, deviation } = (await openFor(context, options)).preprocessing
  return { colours: { mean: [...mean], deviation: [...deviation] } }
}

/** The stride that weights were trained with is kept, unless another one is asked for. */
function strideFor({ net, size, outputStride }: TrainOptions, given?: WeightsSettings): number | undefined {
  return given && outputStride === 'auto' ? given.outputStride : outputStrideOf(net, size, outputStride)
}

/** A model from elsewhere; what it cannot take, a batch or a size of images, is said before anything is computed. */
async function openFor({ engine }: Context, { net, size, batch }: TrainOptions): Promise<Network> {
  const { network } = await openModelWith(net, { engine })
  buildNetwork(network, { batch, size })
  return network
}

async function readDivided(
  context: Context,
  source: string,
  options: TrainOptions,
  objective: Objective,
  pretext?: PretextPlan,
): Promise<{ dataset: Dataset; split: SplitPlan }> {
  const { strict } = options
  const { kind } = objective
  if (pretext) {
    const read = await openData(source, context, { strict, minimumClasses: 1 })
    const split = splitPlan(options, isDivided(read))
    const dataset = await divideInForms(context, read, pretext, split, options.size)
    requireTrainable(dataset, kind)
    return { dataset, split }
  }
  /** By names alone first, then as the images were read. */
  const divided = <Data extends DataOutline>(read: Data): { dataset: Data; split: SplitPlan } => {
    const split = splitPlan(options, isDivided(read))
    const dataset = divide(read, split, context.seed)
    requireTrainable(dataset, kind)
    trainingPlan(options, objective, dataset)
    requireClassmates(dataset, kind)
    return { dataset, split }
  }
  const read = await openData(source, context, { strict, minimumClasses: 2, check: divided })
  const { dataset, split } = divided(read)
  for (const text of notesOnDivision(read, dataset, kind)) note(context, `note: ${text}`)
  return { dataset, split }
}

/** Data that names no test images has a fifth of its images held out, unless something else was asked for. */
function splitPlan({ holdOut, holdOutClasses, holdOutBy }: TrainOptions, divided: boolean): SplitPlan {
  if (holdOutClasses) return { kind: 'classes', share: holdOutClasses, by: holdOutBy }
  if (holdOut) return { kind: 'images', share: holdOut }
  return divided ? { kind: 'given' } : { kind: 'images', share: 0.2 }
}

/** What a step sees of the stored images; a pretext task says itself how its images are cut. */
function geometryOf({ augment, size }: TrainOptions, pretext?: PretextPlan) {
  if (pretext) return pretextGeometry(pretext, size)
  return {
    augmentation: augmentations[augment](size),
    storedSize: augment === 'none' ? size : storedSize(size),
  }
}

function trainingPlan(
  options: TrainOptions,
  objective: Objective,
  dataset: DataOutline,
  pretext?: PretextPlan,
): TrainingPlan {
  const { batch } = options
  const classes = imagesPerClass(dataset, 'train').filter(count => count > 0).length
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
    },
    schedule: options.schedule,
    warmup: options.warmup,
    ...geometryOf(options, pretext),
    ...(options.freeze !== undefined && { freeze: options.freeze }),
    ...(options.freezeBn && { freezeNorms: true }),
    headRate: options.headRate,
    weights: isModelFile(options.net) ? resolve(options.net) : options.weights,
  }
}

interface Planned {
  source: string
  options: TrainOptions
  objective: Objective
  file?: OwnFile
  dataset: Dataset
  split: SplitPlan
  training: TrainingPlan
  given?: WeightsSettings
  pretext?: PretextPlan
}

/** The record of a run that has not begun; its colours are not known yet. */
function recordOf(context: Context, planned: Planned): RunRecord {
  const { source, options, objective, file, dataset, split, training, given, pretext } = planned
  const outputStride = strideFor(options, given)
  const head: Head =
    objective.kind === 'classes'
      ? { kind: 'classes', classes: dataset.classes }
      : { kind: 'embedding', dim: options.dim }
  return {
    format: 1,
    version,
    status: 'running',
    data: {
      path: resolve(source),
      fingerprint: dataset.fingerprint,
      classes: dataset.classes,
      split,
      images: countsOf(dataset),
    },
    ...(pretext && { pretext }),
    net: isModelFile(options.net) ? basename(options.net) : options.net,
    head,
    preprocessing: {
      size: options.size,
      resize: training.storedSize,
      mean: [0, 0, 0],
      deviation: [1, 1, 1],
    },
    ...(outputStride !== undefined && { outputStride }),
    objective: objective.name,
    ...(file && { objectiveFile: file }),
    objectiveOptions: objectiveSettings(options, objective),
    training,
    seed: context.seed,
    device: context.device,
    threads: context.threads ?? availableParallelism(),
    epochs: 0,
  }
}

/** What a run that is resumed is given once more. */
export interface Resumption {
  /** where its data is by now */
  data?: string
  /** the file of its objective */
  objective?: string
}

/**
 * The objective that a run was begun with. Where it is the user's own its file must be named once more: a run folder
 * may come from a stranger, and nothing that it names is executed.
 */
async function objectiveOf(
  { objective, objectiveFile: before }: RunRecord,
  folder: string,
  asked?: string,
): Promise<Objective> {
  const given = asked !== undefined && isObjectiveFile(asked) ? await openOwnObjective(asked) : undefined
  if (before && !given)
    throw new GlasshouseError({
      code: 'objective-missing',
      what: `the objective '${objective}' of this run is of a file, which is only run where it is named`,
      where: folder,
      hint: `Add --objective ${before.path}, if you trust it`,
    })
  if (!before && given)
    throw new GlasshouseError({
      code: 'objective-changed',
      what: 'the run did not begin with an objective of its own',
      where: given.file.path,
      expected: objective,
      hint: 'Leave --objective out',
    })
  if (!before || !given) return objectiveNamed(objective)
  requireSameFile(before, given.file)
  return given.objective
}

/** A run that was stopped, as its record describes it; the data may be at another place by now. */
export async function resumeRun(
  context: Context,
  folder: string,
  { data, objective: asked }: Resumption,
): Promise<Task> {
  requireRunFolder(folder)
  const record = await readRecord(folder)
  const objective = await objectiveOf(record, folder, asked)
  const threads = context.threads ?? availableParallelism()
  if (threads !== record.threads)
    note(
      context,
      `the run began with ${record.threads} threads; with ${threads} its results can differ in the last digits`,
    )
  if (data !== undefined) record.data.path = resolve(data)
  const { pretext, preprocessing } = record
  const read = await openData(record.data.path, context, { minimumClasses: pretext ? 1 : 2 })
  const dataset = pretext
    ? await divideInForms(
        { ...context, seed: record.seed },
        read,
        pretext,
        record.data.split,
        preprocessing.size,
      )
    : divide(read, record.data.split, record.seed)
  requireSameData(record, dataset)
  requireTrainable(dataset, record.head.kind)
  const start = await startingNetwork(record, folder, context.engine)
  const pictures = await picturesOf(context, dataset, record)
  return { record, objective, dataset, pictures, start }
}

/** The images of a run's data, decoded at the size that it is trained with. */
const picturesOf = (
  context: Context,
  dataset: Dataset,
  { pretext, training }: Pick<RunRecord, 'pretext' | 'training'>,
): Promise<PictureStore> =>
  pretext
    ? openFormsOf(context, dataset, pretext, training.storedSize)
    : openPictures(dataset, training.storedSize, { work: context })

function requireSameData(record: RunRecord, dataset: Dataset): void {
  if (dataset.fingerprint === record.data.fingerprint) return
  throw new GlasshouseError({
    code: 'data-changed',
    what: 'the images are not those that the run began with',
    where: record.data.path,
    expected: `fingerprint ${record.data.fingerprint.slice(0, 12)}`,
    got: dataset.fingerprint.slice(0, 12),
    hint: 'Restore the images, or begin a new run',
  })
}
