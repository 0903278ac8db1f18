/**
 * Opens what a user calls MODEL: a run folder (its best checkpoint, or `run@7` for epoch 7), an ONNX model,
 * or a network by name with a file of weights, `resnet18:weights.safetensors`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { closestNames } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import { type ColourStatistics, imagenetStatistics } from '../data/store.ts'
import { sizeOf, type Tensor } from '../graph/tensor.ts'
import { exportedPlan } from '../models/export.ts'
import { openOnnx, readOnnx } from '../models/open-onnx.node.ts'
import { architectureNamed, architectures, headPrefix, isModelFile } from '../nets/architectures.ts'
import { fitWeights, ownWeights } from '../nets/fit-weights.ts'
import { headAsAsked, looksLikeEmbedding, usualClasses } from '../nets/head-guess.ts'
import { imagenetClasses } from '../nets/imagenet-classes.ts'
import {
  buildOutline,
  type Head,
  initialParameters,
  type Network,
  type NetworkPlan,
  type Preprocessing,
  parameterSpecs,
} from '../nets/network.ts'
import { recogniseNetwork } from '../nets/recognise.ts'
import type { ModelWishes } from '../runtime/context.ts'
import { readWeights, readWeightsFile } from '../weights/file.node.ts'
import { weightsFile } from '../weights/pulled-weights.node.ts'
import { isRunFolder, readRecord } from './folder.node.ts'
import { networkOf, withNewHead } from './kept-model.node.ts'
import { checkpointName, type RunRecord } from './record.ts'

export interface OpenedModel {
  network: Network
  /** how the user named it */
  source: string
  /** why its answers mean nothing, where weights were drawn at random */
  untrained?: string
  /** what was guessed or passed over when it was opened */
  notes: readonly string[]
  /** where it came from a run */
  run?: { record: RunRecord; folder: string; epoch: number }
}

type Opened = Pick<OpenedModel, 'network' | 'untrained' | 'notes'>

/** @param wishes what the user says of the model, in place of what its file says */
export async function openModel(source: string, seed = 0, wishes: ModelWishes = {}): Promise<OpenedModel> {
  const opened = await openAny(source, seed, wishes)
  const { network, notes } = opened
  if (network.foreign) return opened
  if (wishes.output !== undefined) {
    throw new GlasshouseError({
      code: 'no-outputs',
      what: 'only a model in ONNX has outputs to choose from',
      where: '--output',
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

async function openAny(source: string, seed: number, wishes: ModelWishes): Promise<OpenedModel> {
  const [, folder, epoch] = /^(.*?)(?:@(\d+))?$/s.exec(source)!
  if (isRunFolder(folder)) return openRun(source, folder, epoch === undefined ? undefined : Number(epoch))
  const colon = source.indexOf(':')
  const name = colon < 0 ? source : source.slice(0, colon)
  if (architectures.has(name))
    return { source, ...(await openNamed(name, colon < 0 ? undefined : source.slice(colon + 1), seed)) }
  if (/\.onnx$/i.test(source)) return { source, ...(await openExported(source, seed, wishes)) }
  if (/\.(pth|pt|ckpt|bin|safetensors)$/i.test(source) && existsSync(source))
    return { source, ...(await openRecognised(source, seed)) }
  throw new GlasshouseError({
    code: 'unknown-model',
    what: existsSync(folder) ? 'this is no model: it has no run.json' : 'no such model',
    where: source,
    expected: `a run folder, an .onnx file, a file of weights, or NET:WEIGHTS with NET one of ${[...architectures.keys()].join(', ')}`,
    hint: `Train one with \`glasshouse train DATA\`, or check the spelling: ${closestNames(name, architectures.keys(), 3).join(', ')}?`,
  })
}

async function openRun(source: string, folder: string, asked?: number): Promise<OpenedModel> {
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
  const plan = await networkOf(record, folder)
  const parameters = fitWeights(plan, await readWeights(path), path)
  return {
    source,
    network: { ...plan, parameters },
    notes: [],
    run: { record, folder, epoch },
  }
}

/** A model that was written here has the layer names of its architecture, unless it was changed on the way out. */
async function openExported(path: string, seed: number, wishes: ModelWishes): Promise<Opened> {
  const file = await readOnnx(path)
  const plan = exportedPlan(file.model.metadata)
  const wanted = plan && architectures.has(plan.net) ? [...parameterSpecs(plan).keys()] : []
  const isOurs = wanted.length > 0 && wanted.every(name => file.model.initialisers.has(name))
  return plan && isOurs && wishes.output === undefined
    ? openNamed(plan.net, path, seed)
    : openOnnx(file, wishes)
}

/** Without weights: random parameters, for a look at an untrained network. */
async function openNamed(name: string, weights: string | undefined, seed: number): Promise<Opened> {
  const { size, published = {}, unpublished } = architectureNamed(name, 'MODEL')
  const { mean, deviation } = { ...imagenetStatistics, ...published }
  const resize = published.resize ?? Math.round((size * 8) / 7)
  const preprocessing: Preprocessing = { size, resize, mean: [...mean], deviation: [...deviation] }
  if (weights === undefined) {
    const head: Head = { kind: 'classes', classes: published.classes ?? imagenetClasses }
    const plan: NetworkPlan = { net: name, preprocessing, head }
    const network = { ...plan, parameters: initialParameters(plan, seed) }
    return { network, untrained: `its weights are random; name some as ${name}:WEIGHTS`, notes: [] }
  }
  const { tensors: found, metadata } = await readWeightsFile(weightsFile(weights))
  const { tensors, notes } = ownWeights(name, found)
  const told = exportedPlan(metadata)
  const plan: NetworkPlan =
    told?.net === name ? told : { net: name, preprocessing, head: headFound(name, tensors, notes) }
  const startsAnew = (parameter: string) => unpublished?.test(parameter) === true
  const parameters = fitWeights(plan, tensors, weights, startsAnew, seed)
  const drawn = [...parameters.keys()].filter(key => startsAnew(key) && !tensors.has(key))
  return {
    network: { ...plan, parameters },
    notes,
    ...(drawn.length && { untrained: `${weights} lacks ${drawn.join(', ')}, which are random` }),
  }
}

/** A file of weights without a network's name: the one that it says, or that its tensors are recognised as. */
async function openRecognised(path: string, seed: number): Promise<Opened> {
  const { tensors, metadata } = await readWeightsFile(path)
  const told = exportedPlan(metadata)?.net
  const net = told !== undefined && architectures.has(told) ? told : recogniseNetwork(tensors, path)
  const { notes, ...opened } = await openNamed(net, path, seed)
  return { ...opened, notes: [`recognised as ${net} by the names and shapes of its tensors`, ...notes] }
}

/**
 * What the weights of a known architecture end in, where their file does not say it: no head at all, one for the classes
 * that they were published for, one whose width is an embedding's, or one for classes that nobody names.
 */
function headFound(net: string, tensors: ReadonlyMap<string, Tensor>, notes: string[]): Head {
  const { published, unpublished } = architectureNamed(net)
  const head = headPrefix(net)
  const width = tensors.get(`${head}weight`)?.shape[0]
  if (width === undefined) {
    const isPublishedSo = unpublished?.test(`${head}weight`)
    if (isPublishedSo) return { kind: 'classes', classes: usualClasses(1000) }
    notes.push(`the weights have no ${head.slice(0, -1)}: the pooled features are the embedding`)
    return { kind: 'embedding', dim: pooledWidth(net), pooled: true }
  }
  const classes = usualClasses(width, published?.classes)
  if (!looksLikeEmbedding(width)) return { kind: 'classes', classes }
  notes.push(
    `${head.slice(0, -1)} gives ${width} numbers, which are taken for an embedding; --as classes reads them as classes`,
  )
  return { kind: 'embedding', dim: width }
}

function pooledWidth(net: string): number {
  const { size } = architectureNamed(net)
  const preprocessing: Preprocessing = { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] }
  const { pooled } = buildOutline({ net, preprocessing, head: { kind: 'embedding', dim: 1 } })
  return sizeOf(pooled.shape.slice(1))
}

export interface ToldByWeights {
  colours: ColourStatistics
  outputStride?: number
}

/**
 * What weights were trained with, colours and output stride: those of a run, those that their file tells, or the
 * published ones.
 */
export async function toldBy(net: string, weights: string): Promise<ToldByWeights> {
  const isRun = isRunFolder(weights.replace(/@\d+$/, ''))
  const told = isRun
    ? (await openModel(weights)).network
    : exportedPlan((await readWeightsFile(weightsFile(weights))).metadata)
  const { mean, deviation } = told?.preprocessing ?? {
    ...imagenetStatistics,
    ...architectureNamed(net).published,
  }
  return { colours: { mean: [...mean], deviation: [...deviation] }, outputStride: told?.outputStride }
}

/** The network that a run in `folder` trains, with the parameters of epoch 0. */
export async function startingNetwork(record: RunRecord, folder: string): Promise<Network> {
  const { net, seed, training } = record
  if (isModelFile(net)) return withNewHead(folder, record, seed)
  const plan = await networkOf(record, folder)
  const parameters = training.weights
    ? await startFrom(plan, training.weights, seed)
    : initialParameters(plan, seed)
  return { ...plan, parameters }
}

/** Starts a network from another's weights: takes over all but the head, which is re-initialised unless it fits. */
async function startFrom(plan: NetworkPlan, weights: string, seed: number): Promise<Map<string, Tensor>> {
  const isRun = isRunFolder(weights.replace(/@\d+$/, ''))
  const tensors = isRun
    ? (await openModel(weights)).network.parameters
    : ownWeights(plan.net, await readWeights(weightsFile(weights))).tensors
  const head = headPrefix(plan.net)
  const { unpublished } = architectureNamed(plan.net)
  const startsAnew = (name: string) => name.startsWith(head) || unpublished?.test(name) === true
  return fitWeights(plan, tensors, weights, startsAnew, seed)
}
