/**
 * Layers as rows of about the same length. A probe of an early layer with 100,000 numbers and one of a late layer with
 * 512 would compare lengths as much as layers. So maps are pooled over as many blocks as bring them near the wanted
 * number, as Zhang et al. (2017) and Asano et al. (2020) do with about 9,600.
 */
import { GlasshouseError } from '../../base/errors.ts'
import type { Value } from '../../graph/graph.ts'
import { flatten } from '../../graph/ops/layout.ts'
import { averagePool, maxPool } from '../../graph/ops/pooling.ts'
import type { BuiltNetwork } from '../../nets/network.ts'
import { layerNamed } from '../../nets/network.ts'
import { mapsNamed, mapsOf } from '../maps/layer-maps.ts'

export type Pool = 'max' | 'average'

/** A layer as rows (images, numbers): at most about `features` numbers, unless it has more channels than that. */
export function pooledLayer(built: BuiltNetwork, layer: string, features: number, pool: Pool): Value {
  const maps = asMapsOrVector(built, layer)
  if (maps.shape.length !== 4) return flatten(maps)
  const [, channels, height, width] = maps.shape
  // Blocks keep the proportions of the maps.
  const scale = Math.sqrt(features / (channels * height * width))
  if (scale >= 1) return flatten(maps)
  const [rows, columns] = [height, width].map(extent => Math.max(1, Math.round(extent * scale)))
  const [down, across] = [windowOf(height, rows), windowOf(width, columns)]
  const windows = { kernel: [down.kernel, across.kernel], stride: [down.stride, across.stride] }
  return flatten(pool === 'max' ? maxPool(maps, windows) : averagePool(maps, windows))
}

/** Windows that cover an extent in so many steps of one size; the last reach over each other where they must. */
function windowOf(extent: number, blocks: number): { kernel: number; stride: number } {
  const stride = Math.floor(extent / blocks)
  return { stride, kernel: extent - (blocks - 1) * stride }
}

function asMapsOrVector(built: BuiltNetwork, layer: string): Value {
  // First, so that an unknown layer is an error of its own.
  const value = layerNamed(built, layer, ['options', 'layers'])
  try {
    return mapsOf(mapsNamed(built, layer))
  } catch (error) {
    if (error instanceof GlasshouseError && error.code === 'not-maps') return value
    throw error
  }
}
