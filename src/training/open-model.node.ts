/**
 * Opens what a user calls MODEL: a run folder (its best checkpoint, or `run@7` for epoch 7), or a network by
 * name with a file of weights, `resnet18:weights.safetensors`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { imagenetStatistics } from '../data/store.ts'
import { GlasshouseError } from '../errors.ts'
import type { Tensor } from '../graph/tensor.ts'
import { architectureNamed, architectures } from '../nets/architectures.ts'
import {
  headWidth,
  initialParameters,
  type Network,
  type NetworkPlan,
  parameterSpecs,
} from '../nets/network.ts'
import { readWeights } from '../nets/weights/file.node.ts'
import { checkpointName, type RunRecord } from './run.ts'
import { isRunFolder, readRecord } from './run-folder.node.ts'

export interface OpenedModel {
  network: Network
  /** how the user named it */
  source: string
  /** where it came from a run */
  run?: { record: RunRecord; folder: string; epoch: number }
}

export async function openModel(source: string, seed = 0): Promise<OpenedModel> {
  const [, folder, epoch] = /^(.*?)(?:@(\d+))?$/s.exec(source)!
  if (isRunFolder(folder)) return openRun(source, folder, epoch === undefined ? undefined : Number(epoch))
  const colon = source.indexOf(':')
  const name = colon < 0 ? source : source.slice(0, colon)
  if (architectures.has(name))
    return { source, network: await openNamed(name, colon < 0 ? undefined : source.slice(colon + 1), seed) }
  throw new GlasshouseError({
    code: 'unknown-model',
    what: existsSync(folder) ? 'this is no model: it has no run.json' : 'no such model',
    where: source,
    expected: `a run folder, or NET:WEIGHTS with NET one of ${[...architectures.keys()].join(', ')}`,
    hint: 'Train one with `glasshouse train DATA`, or check the spelling',
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
  const parameters = matched(record, await readWeights(path), path)
  return {
    source,
    network: { net: record.net, head: record.head, preprocessing: record.preprocessing, parameters },
    run: { record, folder, epoch },
  }
}

/** Without weights: random parameters, for a look at an untrained network. */
async function openNamed(name: string, weights: string | undefined, seed: number): Promise<Network> {
  const { size } = architectureNamed(name, 'MODEL')
  const preprocessing = { size, resize: Math.round((size * 8) / 7), ...imagenetStatistics }
  const plan = (classes: number): NetworkPlan => ({
    net: name,
    preprocessing,
    head: { kind: 'classes', classes: Array.from({ length: classes }, (_, index) => `class ${index}`) },
  })
  if (weights === undefined) return { ...plan(1000), parameters: initialParameters(plan(1000), seed) }
  const tensors = await readWeights(weights)
  const found = plan(tensors.get('fc.weight')?.shape[0] ?? 1000)
  return { ...found, parameters: matched(found, tensors, weights) }
}

/**
 * The parameters of a plan out of a table of tensors; everything that does not fit is told at once. With
 * `fresh` given, a head that is missing or of another size is taken from there.
 */
function matched(
  plan: NetworkPlan,
  tensors: ReadonlyMap<string, Tensor>,
  where: string,
  fresh?: ReadonlyMap<string, Tensor>,
): Map<string, Tensor> {
  const result = new Map<string, Tensor>()
  const problems: string[] = []
  for (const [name, { shape }] of parameterSpecs(plan)) {
    const tensor = tensors.get(name)
    const replacement = name.startsWith('fc.') ? fresh?.get(name) : undefined
    if (tensor && String(tensor.shape) === String(shape)) result.set(name, tensor)
    else if (replacement) result.set(name, replacement)
    else problems.push(tensor ? `${name} is [${tensor.shape}], not [${shape}]` : `${name} is missing`)
  }
  if (problems.length) {
    throw new GlasshouseError({
      code: 'weights-mismatch',
      what: `the weights do not fit ${plan.net} with ${headWidth(plan.head)} outputs: ${problems.slice(0, 5).join('; ')}${problems.length > 5 ? ` and ${problems.length - 5} more` : ''}`,
      where,
      hint: 'Check the name of the network',
    })
  }
  return result
}

/** Starts a network from another's weights: takes over all but the head, which starts anew unless it fits. */
export async function startFrom(
  plan: NetworkPlan,
  weights: string,
  seed: number,
): Promise<Map<string, Tensor>> {
  const isRun = isRunFolder(weights.replace(/@\d+$/, ''))
  const tensors = isRun ? (await openModel(weights)).network.parameters : await readWeights(weights)
  return matched(plan, tensors, weights, initialParameters(plan, seed))
}
