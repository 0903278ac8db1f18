/**
 * Opens what a user calls MODEL: a run folder (its best checkpoint, or `run@7` for epoch 7), an ONNX model,
 * or a network by name with a file of weights, `resnet18:weights.safetensors`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { closestNames } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import { type ColourStatistics, imagenetStatistics } from '../data/store.ts'
import type { Tensor } from '../graph/tensor.ts'
import { exportedPlan } from '../models/export.ts'
import { openOnnxModel } from '../models/open-bytes.ts'
import { readOnnx } from '../models/open-onnx.node.ts'
import { type Opened, openUntrained, openWeights } from '../models/open-weights.ts'
import type { Fit, Interpolation } from '../nets/architecture.ts'
import { architectureNamed, architectures, headPrefix, isModelFile } from '../nets/architectures.ts'
import { fitWeights, ownWeights } from '../nets/fit-weights.ts'
import { headAsAsked } from '../nets/head-guess.ts'
import { initialParameters, type Network, type NetworkPlan } from '../nets/network.ts'
import { makeFitting } from '../nets/recognise.ts'
import type { ModelWishes } from '../runtime/context.ts'
import { createEngine } from '../runtime/engine.node.ts'
import type { OpenEngine } from '../runtime/engine.ts'
import { readWeights, readWeightsFile } from '../weights/file.node.ts'
import { weightsFile } from '../weights/pulled-weights.node.ts'
import { withoutEpoch } from './epoch-name.ts'
import { isRunFolder, readRecord } from './folder.node.ts'
import { networkOf, withNewHead } from './kept-model.node.ts'
import { checkpointName, type RunRecord } from './record.ts'

/** For programs that have no context: it is loaded only for ONNX models that have to be run to be understood. */
const ownEngine: OpenEngine = () => createEngine()

export interface OpenedModel extends Opened {
  /** how the user named it */
  source: string
  /** where it came from a run */
  run?: { record: RunRecord; folder: string; epoch: number }
}

export interface OpenOptions {
  /** of random parameters; default 0 */
  seed?: number
  /** what the user says of the model, in place of what its file says */
  wishes?: ModelWishes
  /** runs an ONNX model once where its operators alone do not give all shapes; one of its own unless given */
  engine?: OpenEngine
}
type Asked = Required<OpenOptions>

/** Opens what a user calls MODEL, with an engine of its own unless given one: for programs that have no context. */
export const openModel = (
  source: string,
  { engine = ownEngine, ...options }: OpenOptions = {},
): Promise<OpenedModel> => openModelWith(source, { ...options, engine })

/** Opens what a user calls MODEL with the engine of a context, so that its device and threads hold here too. */
export async function openModelWith(
  source: string,
  { seed = 0, wishes = {}, engine }: OpenOptions & { engine: OpenEngine },
): Promise<OpenedModel> {
  const opened = fitted(await openAny(source, { seed, wishes, engine }), wishes.fit)
  const { network, notes } = opened
  if (network.foreign) return opened
  if (wishes.output !== undefined) {
    throw new GlasshouseError({
      code: 'no-outputs',
      what: 'only a model in ONNX has outputs to choose from',
      path: ['options', 'output'],
      got: source,
      hint: '--layer names another layer where a command looks at one',
    })
  }
  const head = headAsAsked(network.head, wishes)
  if (head === network.head) return opened
  // What was guessed of the head is no longer so.
  return {
    ...opened,
    network: { ...network, head },
    notes: notes.filter(note => !note.includes('--as classes')),
  }
}

async function openAny(source: string, asked: Asked): Promise<OpenedModel> {
  const { seed } = asked
  const [, folder, epoch] = /^(.*?)(?:@(\d+))?$/s.exec(source)!
  if (isRunFolder(folder))
    return openRun(source, folder, asked, epoch === undefined ? undefined : Number(epoch))
  const colon = source.indexOf(':')
  const name = colon < 0 ? source : source.slice(0, colon)
  if (architectures.has(name))
    return { source, ...(await openNamed(name, colon < 0 ? undefined : source.slice(colon + 1), seed)) }
  if (/\.onnx$/i.test(source)) return { source, ...(await openExported(source, asked)) }
  if (/\.(pth|pt|ckpt|bin|safetensors)$/i.test(source) && existsSync(source))
    return { source, ...openWeights(await readWeightsFile(source), source, { seed }) }
  throw unknownModel(source)
}

/** Whether a name is that of a model, judged by what lies there, before anything is opened. */
export function namesModel(source: string): boolean {
  return isRunFolder(withoutEpoch(source)) || existsSync(source) || architectures.has(source.split(':', 1)[0])
}

export function unknownModel(source: string): GlasshouseError {
  const name = source.split(':', 1)[0]
  return new GlasshouseError({
    code: 'unknown-model',
    what: existsSync(withoutEpoch(source)) ? 'this is not a model: it has no run.json' : 'no such model',
    where: source,
    expected: `a run folder, an .onnx file, a file of weights, or NET:WEIGHTS with NET one of docs/networks.md`,
    hint: `Train one with \`glasshouse train DATA\`, or check the spelling: ${closestNames(name, architectures.keys(), 3).join(', ')}?`,
  })
}

async function openRun(
  source: string,
  folder: string,
  { engine }: Asked,
  asked?: number,
): Promise<OpenedModel> {
  const record = await readRecord(folder)
  const epoch = asked ?? record.best?.epoch ?? record.epochs
  if (asked === undefined && epoch === 0)
    throw new GlasshouseError({
      code: 'run-untrained',
      what: 'the run has not finished an epoch yet',
      where: source,
      hint: `Go on with it by \`glasshouse train --resume ${folder}\`, or name the network before training, ${folder}@0`,
    })
  const path = join(folder, checkpointName(epoch))
  if (!existsSync(path)) {
    throw new GlasshouseError({
      code: 'no-checkpoint',
      what: `the run has no checkpoint of epoch ${epoch}`,
      where: source,
      expected: `an epoch from 0 to ${record.epochs}`,
    })
  }
  const plan = await networkOf(record, folder, engine)
  const parameters = fitWeights(plan, await readWeights(path), path)
  return {
    source,
    network: { ...plan, parameters },
    notes: [],
    run: { record, folder, epoch },
  }
}

async function openExported(path: string, { seed, wishes, engine }: Asked): Promise<Opened> {
  return openOnnxModel(await readOnnx(path), engine, { seed, ...wishes })
}

async function openNamed(name: string, weights: string | undefined, seed: number): Promise<Opened> {
  if (weights === undefined) return openUntrained(name, seed)
  return openWeights(await readWeightsFile(weightsFile(weights)), weights, { net: name, seed })
}

/** The same with images made square in another way. Of a whole image nothing is cut off. */
function fitted(opened: OpenedModel, fit: Fit | undefined): OpenedModel {
  const { network } = opened
  if (fit === undefined || fit === (network.preprocessing.fit ?? 'crop')) return opened
  const { size, resize } = network.preprocessing
  const preprocessing = { ...network.preprocessing, fit, resize: fit === 'crop' ? resize : size }
  return { ...opened, network: { ...network, preprocessing } }
}

export interface WeightsSettings {
  colours: ColourStatistics
  /** how images are resized; bilinear where it is not said */
  interpolation?: Interpolation
  outputStride?: number
}

/**
 * What weights were trained with, colours and output stride: those of a run, those that their file holds, or the
 * published ones.
 */
export async function settingsOfWeights(
  net: string,
  weights: string,
  engine: OpenEngine,
): Promise<WeightsSettings> {
  const isRun = isRunFolder(withoutEpoch(weights))
  const known = isRun
    ? (await openModelWith(weights, { engine })).network
    : exportedPlan((await readWeightsFile(weightsFile(weights))).metadata)
  const { mean, deviation, interpolation } = known?.preprocessing ?? {
    interpolation: undefined,
    ...imagenetStatistics,
    ...architectureNamed(net).published,
  }
  const colours = { mean: [...mean], deviation: [...deviation] } satisfies ColourStatistics
  return { colours, interpolation, outputStride: known?.outputStride }
}

/** The network that a run in `folder` trains, with the parameters of epoch 0. */
export async function startingNetwork(
  record: RunRecord,
  folder: string,
  engine: OpenEngine,
): Promise<Network> {
  const { net, seed, training } = record
  if (isModelFile(net)) return withNewHead(folder, record, seed, engine)
  const plan = await networkOf(record, folder, engine)
  const parameters = training.weights
    ? await startFrom(plan, training.weights, seed, engine)
    : initialParameters(plan, seed)
  return { ...plan, parameters }
}

/** Starts a network from another's weights: takes over all but the head, which is re-initialised unless it fits. */
async function startFrom(
  plan: NetworkPlan,
  weights: string,
  seed: number,
  engine: OpenEngine,
): Promise<Map<string, Tensor>> {
  const isRun = isRunFolder(withoutEpoch(weights))
  const found = isRun
    ? (await openModelWith(weights, { engine })).network.parameters
    : await readWeights(weightsFile(weights))
  const make = makeFitting(plan.net, found)
  if (make !== plan.net) {
    throw new GlasshouseError({
      code: 'weights-mismatch',
      what: `these are weights of ${make}, another make of ${plan.net}`,
      where: weights,
      hint: `Name it: --net ${make}`,
    })
  }
  const tensors = isRun ? found : ownWeights(plan.net, found).tensors
  const head = headPrefix(plan.net)
  const { unpublished } = architectureNamed(plan.net)
  const startsAnew = (name: string) => name.startsWith(head) || unpublished?.test(name) === true
  return fitWeights(plan, tensors, weights, startsAnew, seed)
}
