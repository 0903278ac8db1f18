/** From the options of `train` to the description of a run; and from a run's folder back to it. */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { version } from '../base/version.node.ts'
import { storedSize } from '../data/augment.ts'
import { openPictures } from '../data/cache.node.ts'
import { type Dataset, indicesOf } from '../data/dataset.ts'
import { openData } from '../data/open-data.node.ts'
import { colourStatistics } from '../data/store.ts'
import { architectureNamed, isModelFile } from '../nets/architectures.ts'
import { buildNetwork, type Head, type Network } from '../nets/network.ts'
import { objectiveOptions } from '../objectives/objective.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import { keyValues } from '../options/key-values.ts'
import type { OutputContext } from '../runtime/context.ts'
import { frozenParameters } from '../training/freezing.ts'
import { countsOf, divide, isDivided, notesOnDivision, requireTrainable } from './division.ts'
import { isRunFolder, readRecord } from './folder.node.ts'
import { keepModel, networkOf } from './kept-model.node.ts'
import { coloursOf, openModel } from './open-model.node.ts'
import type { RunRecord, SplitPlan } from './record.ts'
import { augmentations, type TrainOptions } from './train-options.ts'

export interface Task {
  record: RunRecord
  /** divided as the record says */
  dataset: Dataset
}

/** A new run as its options describe it. The data is read once, here. */
export async function planRun(
  context: OutputContext,
  data: string | undefined,
  options: TrainOptions,
  folder: string,
): Promise<Task> {
  if (data === undefined)
    throw new GlasshouseError({
      code: 'argument-missing',
      what: 'there is nothing to train on',
      where: 'DATA',
      hint: 'Name a folder of images: glasshouse train DATA',
    })
  if (existsSync(join(folder, 'run.json'))) {
    throw new GlasshouseError({
      code: 'run-exists',
      what: 'there is a run in this folder already',
      where: folder,
      hint: `Go on with it by --resume ${folder}, or name another folder with --out`,
    })
  }
  const fromElsewhere = isModelFile(options.net)
  if (fromElsewhere && options.weights)
    throw new GlasshouseError({
      code: 'weights-twice',
      what: 'an ONNX model brings its own weights',
      where: '--weights',
      hint: 'Leave --weights out, or name one of our networks with --net',
    })
  const minimumSize = fromElsewhere ? 0 : architectureNamed(options.net).minimumSize
  if (options.size < minimumSize)
    throw new GlasshouseError({
      code: 'size-too-small',
      what: `${options.net} needs larger pictures`,
      where: '--size',
      expected: `at least ${minimumSize}`,
      got: String(options.size),
    })
  const model = fromElsewhere ? await openFor(options) : undefined
  const objective = objectiveNamed(options.objective)
  const asked: SplitPlan = options.holdOutClasses
    ? { kind: 'classes', share: options.holdOutClasses, by: options.holdOutBy }
    : options.holdOut
      ? { kind: 'images', share: options.holdOut }
      : { kind: 'given' }
  if (objective.kind === 'classes' && asked.kind === 'classes') {
    throw new GlasshouseError({
      code: 'unseen-classes',
      what: 'a classifier cannot be tested on classes that it never saw',
      where: '--hold-out-classes',
      hint: 'Use --hold-out, or an embedding objective such as epshn',
    })
  }
  const read = await openData(data, context, { strict: options.strict, minimumClasses: 2 })
  const split: SplitPlan = asked.kind === 'given' && !isDivided(read) ? { kind: 'images', share: 0.2 } : asked
  const dataset = divide(read, split, context.seed)
  const head: Head =
    objective.kind === 'classes'
      ? { kind: 'classes', classes: dataset.classes }
      : { kind: 'embedding', dim: options.dim }
  requireTrainable(dataset, head.kind)
  for (const text of notesOnDivision(read, dataset, head.kind)) context.note(`note: ${text}`)
  const train = indicesOf(dataset, 'train')
  const stored = options.augment === 'none' ? options.size : storedSize(options.size)
  const store = await openPictures(dataset, stored, { signal: context.signal })
  // What weights have learned holds for the colours that they were trained with.
  const { mean, deviation } =
    model?.preprocessing ??
    (options.weights ? await coloursOf(options.net, options.weights) : colourStatistics(store, train))
  const given = objective.name === 'softmax' ? { smoothing: options.smoothing } : {}
  const record: RunRecord = {
    format: 1,
    version,
    status: 'running',
    data: {
      path: resolve(data),
      fingerprint: dataset.fingerprint,
      classes: dataset.classes,
      split,
      images: countsOf(dataset),
    },
    net: fromElsewhere ? basename(options.net) : options.net,
    head,
    preprocessing: { size: options.size, resize: stored, mean: [...mean], deviation: [...deviation] },
    objective: objective.name,
    objectiveOptions: objectiveOptions(objective, { ...given, ...keyValues(options.set, '--set') }) as Record<
      string,
      unknown
    >,
    training: {
      epochs: options.epochs,
      batch: options.batch,
      coverage: options.coverage,
      perClass:
        options.perClass ??
        imagesPerClass(options.batch, new Set(train.map(index => dataset.items[index].label)).size),
      rate: options.lr,
      optimiser: {
        name: options.optimizer,
        momentum: options.momentum,
        nesterov: options.nesterov,
        weightDecay: options.weightDecay,
      },
      schedule: options.schedule,
      warmup: options.warmup,
      augmentation: augmentations[options.augment](options.size),
      ...(options.freeze !== undefined && { freeze: options.freeze }),
      ...(options.freezeBn && { freezeNorms: true }),
      headRate: options.headRate,
      storedSize: stored,
      weights: fromElsewhere ? resolve(options.net) : options.weights,
    },
    seed: context.seed,
    device: context.device,
    threads: context.threads ?? availableParallelism(),
    epochs: 0,
  }
  if (model) await keepModel(options.net, folder)
  // Now rather than when the first step is built: whether there is such a layer.
  frozenParameters(await networkOf(record, folder), record.training)
  return { record, dataset }
}

/** A model from elsewhere; what it does not bear, a number or a size of pictures, is told before anything is computed. */
async function openFor({ net, size, batch }: TrainOptions): Promise<Network> {
  const { network } = await openModel(net)
  buildNetwork(network, { batch, size })
  return network
}

/** The least that divides the batch, is 4 at least, and needs no more classes than there are; the batch itself at most. */
function imagesPerClass(batch: number, classes: number): number {
  let images = Math.min(batch, Math.max(4, Math.ceil(batch / classes)))
  while (batch % images !== 0) images++
  return images
}

/** A run that was stopped, as its record describes it; the data may lie elsewhere by now. */
export async function resumeRun(context: OutputContext, folder: string, data?: string): Promise<Task> {
  if (!isRunFolder(folder))
    throw new GlasshouseError({
      code: 'no-run',
      what: 'there is no run here',
      where: folder,
      hint: 'Name the folder that train has made; it holds run.json',
    })
  const record = await readRecord(folder)
  const threads = context.threads ?? availableParallelism()
  if (threads !== record.threads)
    context.note(
      `the run began with ${record.threads} threads; with ${threads} its results can differ in the last digits`,
    )
  if (data !== undefined) record.data.path = resolve(data)
  const dataset = divide(await openData(record.data.path, context, {}), record.data.split, record.seed)
  requireSameData(record, dataset)
  return { record, dataset }
}

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
