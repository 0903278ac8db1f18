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
import { openOnnx, readOnnx } from '../models/open-onnx.node.ts'
import { architectureNamed, architectures, headPrefix, isModelFile } from '../nets/architectures.ts'
import { initialTensor } from '../nets/building.ts'
import { imagenetClasses } from '../nets/imagenet-classes.ts'
import {
  initialParameters,
  type Network,
  type NetworkPlan,
  type Preprocessing,
  parameterSpecs,
} from '../nets/network.ts'
import { readWeights, readWeightsFile } from '../weights/file.node.ts'
import { matchWeights, weightsError } from '../weights/match.ts'
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
  /** where it came from a run */
  run?: { record: RunRecord; folder: string; epoch: number }
}

type Opened = Pick<OpenedModel, 'network' | 'untrained'>

export async function openModel(source: string, seed = 0): Promise<OpenedModel> {
  const [, folder, epoch] = /^(.*?)(?:@(\d+))?$/s.exec(source)!
  if (isRunFolder(folder)) return openRun(source, folder, epoch === undefined ? undefined : Number(epoch))
  const colon = source.indexOf(':')
  const name = colon < 0 ? source : source.slice(0, colon)
  if (architectures.has(name))
    return { source, ...(await openNamed(name, colon < 0 ? undefined : source.slice(colon + 1), seed)) }
  if (/\.onnx$/i.test(source)) return { source, ...(await openExported(source, seed)) }
  throw new GlasshouseError({
    code: 'unknown-model',
    what: existsSync(folder) ? 'this is no model: it has no run.json' : 'no such model',
    where: source,
    expected: `a run folder, an .onnx file, or NET:WEIGHTS with NET one of ${[...architectures.keys()].join(', ')}`,
    hint: /\.(pth|pt|safetensors)$/i.test(source)
      ? `Weights alone are no model; name the network that they are for: resnet18:${source}`
      : `Train one with \`glasshouse train DATA\`, or check the spelling: ${closestNames(name, architectures.keys(), 3).join(', ')}?`,
  })
}

async function openRun(source: string, folder: string, asked?: number): Promise<OpenedModel> {
  const record = await readRecord(folder)
  const epoch = asked ?? record.best?.epoch ?? record.epochs
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
  const parameters = matched(plan, await readWeights(path), path)
  return {
    source,
    network: { ...plan, parameters },
    run: { record, folder, epoch },
  }
}

/** A model that was written here has the layer names of its architecture, unless it was changed on the way out. */
async function openExported(path: string, seed: number): Promise<Opened> {
  const file = await readOnnx(path)
  const plan = exportedPlan(file.model.metadata)
  const wanted = plan && architectures.has(plan.net) ? [...parameterSpecs(plan).keys()] : []
  const isOurs = wanted.length > 0 && wanted.every(name => file.model.initialisers.has(name))
  return plan && isOurs ? openNamed(plan.net, path, seed) : { network: await openOnnx(file) }
}

/** Without weights: random parameters, for a look at an untrained network. */
async function openNamed(name: string, weights: string | undefined, seed: number): Promise<Opened> {
  const { size, published = {}, unpublished } = architectureNamed(name, 'MODEL')
  const { mean, deviation } = { ...imagenetStatistics, ...published }
  const resize = published.resize ?? Math.round((size * 8) / 7)
  const preprocessing: Preprocessing = { size, resize, mean: [...mean], deviation: [...deviation] }
  const plan = (count = published.classes?.length ?? 1000): NetworkPlan => ({
    net: name,
    preprocessing,
    head: { kind: 'classes', classes: classNames(count, published.classes) },
  })
  if (weights === undefined) {
    const network = { ...plan(), parameters: initialParameters(plan(), seed) }
    return { network, untrained: `its weights are random; name some as ${name}:WEIGHTS` }
  }
  const { tensors: foreign, metadata } = await readWeightsFile(weightsFile(weights))
  const tensors = adopted(name, foreign)
  const told = exportedPlan(metadata)
  const found = told?.net === name ? told : plan(tensors.get(`${headPrefix(name)}weight`)?.shape[0])
  const startsAnew = (parameter: string) => unpublished?.test(parameter) === true
  const parameters = matched(found, tensors, weights, startsAnew, seed)
  const drawn = [...parameters.keys()].filter(key => startsAnew(key) && !tensors.has(key))
  return {
    network: { ...found, parameters },
    ...(drawn.length && { untrained: `${weights} lacks ${drawn.join(', ')}, which are random` }),
  }
}

/** Those of the data the weights were published for, where their number is the same. */
const classNames = (count: number, published: readonly string[] = imagenetClasses): readonly string[] =>
  published.length === count ? published : Array.from({ length: count }, (_, index) => `class ${index}`)

/** Published weights under our names. */
function adopted(net: string, tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const { adopt = (name, tensor) => [name, tensor] as const } = architectureNamed(net)
  return new Map([...tensors].map(([name, tensor]) => adopt(name, tensor)))
}

/**
 * The parameters of a plan out of a table of tensors; everything that does not fit is told at once. Parameters that
 * `startsAnew` names are drawn from the seed where the table lacks them or has them in another size.
 */
function matched(
  plan: NetworkPlan,
  tensors: ReadonlyMap<string, Tensor>,
  where: string,
  startsAnew: (name: string) => boolean = () => false,
  seed = 0,
): Map<string, Tensor> {
  const specs = parameterSpecs(plan)
  const superfluous = architectures.get(plan.net)?.superfluous
  const fits = (name: string) => String(tensors.get(name)?.shape) === String(specs.get(name)?.shape)
  const found = new Map([...tensors].filter(([name]) => !startsAnew(name) || fits(name)))
  for (const [name, spec] of specs)
    if (startsAnew(name) && !found.has(name)) found.set(name, initialTensor(name, spec, seed))
  const wanted = new Map([...specs].map(([name, { shape }]) => [name, shape]))
  // PyTorch counts the batches that a normalisation has seen; nothing here asks for that.
  const match = matchWeights(wanted, found, name =>
    name.endsWith('.num_batches_tracked') || superfluous?.test(name) ? undefined : name,
  )
  const error = weightsError(match, where)
  if (error) throw error
  return match.tensors
}

/** The colours that weights were trained with: those of a run, those that their file tells, or the published ones. */
export async function coloursOf(net: string, weights: string): Promise<ColourStatistics> {
  const isRun = isRunFolder(weights.replace(/@\d+$/, ''))
  const told = isRun
    ? (await openModel(weights)).network
    : exportedPlan((await readWeightsFile(weightsFile(weights))).metadata)
  const { mean, deviation } = told?.preprocessing ?? {
    ...imagenetStatistics,
    ...architectureNamed(net).published,
  }
  return { mean: [...mean], deviation: [...deviation] }
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

/** Starts a network from another's weights: takes over all but the head, which starts anew unless it fits. */
async function startFrom(plan: NetworkPlan, weights: string, seed: number): Promise<Map<string, Tensor>> {
  const isRun = isRunFolder(weights.replace(/@\d+$/, ''))
  const tensors = isRun
    ? (await openModel(weights)).network.parameters
    : adopted(plan.net, await readWeights(weightsFile(weights)))
  const head = headPrefix(plan.net)
  const { unpublished } = architectureNamed(plan.net)
  const startsAnew = (name: string) => name.startsWith(head) || unpublished?.test(name) === true
  return matched(plan, tensors, weights, startsAnew, seed)
}
