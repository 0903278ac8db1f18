/** How strongly each channel of a layer answers to each image, as values of the graph. */
import type { Value } from '../../graph/graph.ts'
import { reduceMax, reduceMean } from '../../graph/ops/reduce.ts'
import { asMaps } from '../../graph/receptive-field/grid.ts'
import { type BuiltNetwork, layerNamed } from '../../nets/network.ts'
import { mapsNamed } from '../maps/layer-maps.ts'

/**
 * (images, channels): of feature maps the mean over places, or the largest; a layer without places, such as logits, as it
 * is.
 * @param found the layer where it stands now; in the network itself unless given
 * @throws GlasshouseError 'unknown-layer' or 'not-maps'
 */
export function answersOf(
  built: BuiltNetwork,
  layer: string,
  by: 'max' | 'mean' = 'mean',
  found: Value = layerNamed(built, layer),
): Value {
  if (found.shape.length === 2) return found
  const maps = asMaps(found, mapsNamed(built, layer).arrangement)
  return by === 'max' ? reduceMax(maps, [2, 3]) : reduceMean(maps, [2, 3])
}
