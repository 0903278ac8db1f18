/**
 * From the options of `train` to a run that is ready to begin. Everything that can
 * be checked is checked here, what is cheap first: images are decoded, once, when all else is known to be right.
 */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { version } from '../base/version.node.ts'
import { note } from '../base/work.ts'
import { openPrepared } from '../data/cache.node.ts'
import { type DataOutline, type Dataset, imagesPerClass, indicesOf } from '../data/dataset.ts'
import { openData } from '../data/open-data.node.ts'
import { colourStatistics, type PictureStore } from '../data/store.ts'
import { isModelFile } from '../nets/architectures.ts'
import { buildNetwork, type Network } from '../nets/network.ts'
import type { Objective } from '../objectives/objective.ts'
import { openObjective } from '../objectives/own.node.ts'
import { keptForms } from '../runtime/calibration.node.ts'
import type { Context } from '../runtime/context.ts'
import { frozenParameters } from '../training/freezing.ts'
import {
  countsOf,
  divide,
  isDivided,
  notesOnDivision,
  requireClassmates,
  requireTrainable,
} from './division.ts'
import { isRunFolder } from './folder.node.ts'
import { keepModel, networkOf } from './kept-model.node.ts'
import { openModelWith, settingsOfWeights, startingNetwork, type WeightsSettings } from './open-model.node.ts'
import { plannedRecord, splitPlan, strideFor, trainingPlan, weightsOfClasses } from './planned-record.node.ts'
import { openFormsOf, pretextGeometry } from './pretext/data.node.ts'
import { divideFor } from './purpose.node.ts'
import type { Purpose, RunRecord, SplitPlan } from './record.ts'
import { requireConsistent } from './train-checks.ts'
import type { SizedOptions, TrainOptions } from './train-options.ts'
import { sized } from './training-size.node.ts'

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

/** A new run as its options describe it; with `pretext` the classes are the forms of a pretext task, with `moments` those of montages. */
export async function planRun(
  context: Context,
  data: string | undefined,
  asked: TrainOptions,
  folder: string,
  purpose: Purpose = {},
): Promise<Task> {
  const { pretext, moments } = purpose
  const source = requireData(data)
  requireNewRun(folder)
  const chosen = await openObjective(asked.objective)
  const options = await sized(asked, context.engine)
  requireConsistent(options, chosen)
  const { objective } = chosen
  const given = await givenByWeights(context, options)
  const { dataset, split } = await readDivided(context, source, options, objective, purpose)
  const geometry = pretext && pretextGeometry(pretext, options.size)
  const training = trainingPlan(options, objective, trainedClasses(dataset), geometry)
  const classWeights = await weightsOfClasses(options, dataset.classes, [...imagesPerClass(dataset, 'train')])
  const unpainted: RunRecord = {
    format: 1,
    version,
    status: 'running',
    ...plannedRecord({
      options,
      chosen,
      data: {
        path: resolve(source),
        fingerprint: dataset.fingerprint,
        classes: dataset.classes,
        split,
        images: countsOf(dataset),
      },
      training,
      classWeights,
      outputStride: strideFor(options, given),
      pretext,
      moments,
    }),
    // The colours are not known yet.
    preprocessing: {
      size: options.size,
      resize: training.storedSize,
      ...(options.fit !== 'crop' && { fit: options.fit }),
      ...(given?.interpolation && { interpolation: given.interpolation }),
      mean: [0, 0, 0],
      deviation: [1, 1, 1],
    },
    seed: context.seed,
    device: context.device,
    threads: context.threads ?? availableParallelism(),
    ...(options.forms === 'calibrated' && { forms: await keptForms(await context.engine()) }),
    epochs: 0,
  }
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
async function givenByWeights(context: Context, options: SizedOptions): Promise<WeightsSettings | undefined> {
  const { net, weights } = options
  if (!isModelFile(net))
    return weights === undefined ? undefined : settingsOfWeights(net, weights, context.engine)
  const { mean, deviation, interpolation } = (await openFor(context, options)).preprocessing
  return { colours: { mean: [...mean], deviation: [...deviation] }, interpolation }
}

/** A model from elsewhere; what it cannot take, a batch or a size of images, is said before anything is computed. */
async function openFor({ engine }: Context, { net, size, batch }: SizedOptions): Promise<Network> {
  const { network } = await openModelWith(net, { engine })
  buildNetwork(network, { batch, size })
  return network
}

async function readDivided(
  context: Context,
  source: string,
  options: SizedOptions,
  objective: Objective,
  purpose: Purpose,
): Promise<{ dataset: Dataset; split: SplitPlan }> {
  const { strict } = options
  const { kind } = objective
  if (purpose.pretext || purpose.moments) {
    const read = await openData(source, context, { strict, minimumClasses: 1 })
    const split = splitPlan(options, isDivided(read))
    const dataset = await divideFor(context, read, purpose, split, options.size)
    requireTrainable(dataset, kind)
    return { dataset, split }
  }
  /** By names alone first, then as the images were read. */
  const divided = <Data extends DataOutline>(read: Data): { dataset: Data; split: SplitPlan } => {
    const split = splitPlan(options, isDivided(read))
    const dataset = divide(read, split, context.seed)
    requireTrainable(dataset, kind)
    trainingPlan(options, objective, trainedClasses(dataset))
    requireClassmates(dataset, kind)
    return { dataset, split }
  }
  const read = await openData(source, context, { strict, minimumClasses: 2, check: divided })
  const { dataset, split } = divided(read)
  for (const text of notesOnDivision(read, dataset, kind)) note(context, `note: ${text}`)
  return { dataset, split }
}

/** How many classes have images to train on. */
const trainedClasses = (dataset: DataOutline): number =>
  imagesPerClass(dataset, 'train').filter(count => count > 0).length

/** The images of a run's data, decoded at the size that it is trained with. */
export const picturesOf = (
  context: Context,
  dataset: Dataset,
  { pretext, training, preprocessing }: Pick<RunRecord, 'pretext' | 'training' | 'preprocessing'>,
): Promise<PictureStore> =>
  pretext
    ? openFormsOf(context, dataset, pretext, training.storedSize)
    : openPrepared(dataset, { ...preprocessing, resize: training.storedSize }, { work: context })
