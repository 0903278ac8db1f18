/** The side of the images that a run is trained with, where nobody named one. */
import { GlasshouseError } from '../base/errors.ts'
import { architectureNamed, isModelFile } from '../nets/architectures.ts'
import { buildNetwork, type NetworkPlan } from '../nets/network.ts'
import type { OpenEngine } from '../runtime/engine.ts'
import { openModelWith } from './open-model.node.ts'
import { type SizedOptions, type TrainOptions, usualSize } from './train-options.ts'

/** The usual side, or the network's own where it takes no other, such as a model that was exported for one. */
export async function sized(options: TrainOptions, engine: OpenEngine): Promise<SizedOptions> {
  const { net } = options
  if (options.size !== undefined) return { ...options, size: options.size }
  const plan: NetworkPlan = isModelFile(net) ? (await openModelWith(net, { engine })).network : ownPlan(net)
  return { ...options, size: takes(plan, usualSize) ? usualSize : plan.preprocessing.size }
}

function ownPlan(net: string): NetworkPlan {
  const { size } = architectureNamed(net)
  return {
    net,
    head: { kind: 'embedding', dim: 1 },
    preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
  }
}

function takes(plan: NetworkPlan, size: number): boolean {
  if (!plan.foreign && size < architectureNamed(plan.net).minimumSize) return false
  try {
    buildNetwork(plan, { batch: plan.foreign?.batch ?? 1, size })
    return true
  } catch (error) {
    if (error instanceof GlasshouseError) return false
    throw error
  }
}
