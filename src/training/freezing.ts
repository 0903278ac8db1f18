/**
 * What a run leaves as it is: everything up to a layer, and batch normalisations. Where the frozen part sees the same
 * images in every epoch, its output need be computed only once.
 */
import { GlasshouseError } from '../base/errors.ts'
import { neededNodes } from '../graph/computation.ts'
import type { LayerName, Value } from '../graph/graph.ts'
import { isLora } from '../nets/lora.ts'
import { type BuiltNetwork, buildOutline, layerNamed, type NetworkPlan } from '../nets/network.ts'
import type { TrainingPlan } from './plan.ts'

type Freezing = Pick<TrainingPlan, 'freeze' | 'freezeNorms' | 'lora'>

/**
 * The parameters that keep their values: all that the layer `freeze` depends on, with `freezeNorms` those of every batch
 * normalisation, and with `lora` all but the updates of low rank and what leads from the pooled features to the output. A
 * normalisation whose parameters are frozen keeps its running statistics too, and uses them.
 *
 * @throws GlasshouseError 'unknown-layer', 'no-attention' where there is nothing that `lora` could stand beside, or
 * 'all-frozen' where no parameter is left to train
 */
export function frozenParameters(
  plan: NetworkPlan,
  { freeze, freezeNorms, lora }: Freezing,
): ReadonlySet<string> {
  if (!freeze && !freezeNorms && !lora) return new Set()
  const built = buildOutline(plan, { lora })
  const { graph, parameters } = built
  const norms = graph.nodes.filter(({ op }) => op === 'BatchNormalization')
  if (lora) requireLora(plan, parameters.keys())
  const used = [
    ...(lora ? trunkOf(built) : []),
    ...(freeze ? neededNodes(graph, [layerNamed(built, freeze, ['options', 'freeze'])]).used : []),
    ...(freezeNorms ? norms.flatMap(({ inputs }) => inputs.slice(1)) : []),
  ]
  const frozen = new Set(used.map(value => value?.name ?? '').filter(name => parameters.has(name)))
  if (freeze && lora && [...parameters.keys()].every(name => !isLora(name) || frozen.has(name)))
    throw new GlasshouseError({
      code: 'all-frozen',
      what: 'no attention is left that updates of low rank could change',
      path: ['options', 'freeze'],
      got: freeze,
      hint: 'Name an earlier layer, or leave --lora out',
    })
  if ([...parameters].every(([name, { trained }]) => !trained || frozen.has(name))) {
    throw new GlasshouseError({
      code: 'all-frozen',
      what: 'nothing is left to train',
      path: ['options', 'freeze'],
      got: freeze,
      hint: 'Name an earlier layer; --freeze pool leaves the head alone to train',
    })
  }
  return frozen
}

/** The parameters, by value, that the pooled features depend on, but for updates of low rank. */
const trunkOf = ({ graph, pooled }: BuiltNetwork): Value[] =>
  [...neededNodes(graph, [pooled]).used].filter(value => !isLora(value.name ?? ''))

function requireLora({ net, foreign }: NetworkPlan, names: Iterable<string>): void {
  if ([...names].some(isLora)) return
  throw new GlasshouseError({
    code: 'no-attention',
    what: foreign
      ? `${net} has no attention whose query and value weights are found, so there is nothing for updates of low rank to stand beside`
      : `${net} has no attention, so there is nothing for updates of low rank to stand beside`,
    path: ['options', 'lora'],
    expected: foreign && 'products of queries, keys and values that come from linear layers (MatMul or Gemm)',
    hint: foreign
      ? 'Use --freeze LAYER in place of --lora; or name one of our transformers with --net, with its weights'
      : 'Take a vision transformer or a Swin transformer by its name, or --freeze LAYER in place of --lora',
  })
}

/**
 * The layer whose output is the same in every epoch and is all that the rest of the network sees; undefined where an
 * image changes from epoch to epoch, or paths lead around the layer.
 */
export function fixedLayer(
  plan: NetworkPlan,
  { freeze, augmentation, mixing }: Pick<TrainingPlan, 'freeze' | 'augmentation' | 'mixing'>,
): LayerName | undefined {
  if (!freeze || mixing || augmentation.steps.some(({ name }) => name !== 'centre-crop')) return undefined
  const built = buildOutline(plan)
  return isCut(built, layerNamed(built, freeze, ['options', 'freeze'])) ? freeze : undefined
}

/** Whether all paths from the images to the output lead through the value. */
const isCut = ({ graph, output, images }: BuiltNetwork, value: Value): boolean =>
  !neededNodes(graph, [output], new Set([value])).used.has(images)
