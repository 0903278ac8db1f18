/**
 * What a run leaves as it is: everything up to a layer, and batch normalisations. Where the frozen part sees the same
 * images in every epoch, its output need be computed only once.
 */
import { GlasshouseError } from '../base/errors.ts'
import { neededNodes } from '../graph/computation.ts'
import type { LayerName, Value } from '../graph/graph.ts'
import { type BuiltNetwork, buildOutline, layerNamed, type NetworkPlan } from '../nets/network.ts'
import type { TrainingPlan } from './plan.ts'

type Freezing = Pick<TrainingPlan, 'freeze' | 'freezeNorms'>

/**
 * The parameters that keep their values: all that the layer `freeze` depends on, and with `freezeNorms` those of every
 * batch normalisation. A normalisation whose parameters are frozen keeps its running statistics too, and uses them.
 *
 * @throws GlasshouseError 'unknown-layer', or 'all-frozen' where no parameter is left to train
 */
export function frozenParameters(plan: NetworkPlan, { freeze, freezeNorms }: Freezing): ReadonlySet<string> {
  if (!freeze && !freezeNorms) return new Set()
  const built = buildOutline(plan)
  const { graph, parameters } = built
  const norms = graph.nodes.filter(({ op }) => op === 'BatchNormalization')
  const used = [
    ...(freeze ? neededNodes(graph, [layerNamed(built, freeze, ['options', 'freeze'])]).used : []),
    ...(freezeNorms ? norms.flatMap(({ inputs }) => inputs.slice(1)) : []),
  ]
  const frozen = new Set(used.map(value => value?.name ?? '').filter(name => parameters.has(name)))
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

/**
 * The layer whose output is the same in every epoch and is all that the rest of the network sees; undefined where a
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
