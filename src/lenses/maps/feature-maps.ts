/** Feature maps of pictures at a layer, and what the network saw of each: the ground of lenses that compare places. */

import { GlasshouseError } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import type { Value } from '../../graph/graph.ts'
import { forward } from '../../models/forward.ts'
import { type BuiltNetwork, buildOutline, layerNamed, type Network } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import type { NamedPicture } from '../lens.ts'

export interface FeatureMaps {
  /** one array per picture, (channels, height, width) row-major */
  maps: Float32Array[]
  channels: number
  height: number
  width: number
}

/** Views are shown at this side at least. */
const displaySize = 224

/** A network that looks at squares of another side. */
export const atSize = (network: Network, size: number | undefined): Network =>
  size === undefined ? network : { ...network, preprocessing: { ...network.preprocessing, size } }

/** What the network sees, large enough for the eye. `plain`: everything squeezed into the square. */
export function viewsOf(network: Network, pictures: readonly NamedPicture[], plain = false): Picture[] {
  const { preprocessing } = network
  const scale = Math.max(1, Math.ceil(displaySize / preprocessing.size))
  const size = scale * preprocessing.size
  const enlarged = { ...preprocessing, size, resize: scale * preprocessing.resize }
  return pictures.map(({ picture }) => viewOf(picture, enlarged, plain))
}

/** The maps of a layer, the last feature maps unless named, for some pictures. */
export async function featureMaps(
  engine: Engine,
  network: Network,
  pictures: readonly NamedPicture[],
  { layer, plain = false, signal }: { layer?: string; plain?: boolean; signal?: AbortSignal } = {},
): Promise<FeatureMaps> {
  const pick = (built: BuiltNetwork) => mapsNamed(built, layer)
  const [, channels, height, width] = pick(buildOutline(network)).shape
  const { preprocessing } = network
  const { features } = await forward(
    engine,
    network,
    pictures.length,
    (index, target, offset) =>
      fillPrepared(viewOf(pictures[index].picture, preprocessing, plain), preprocessing, target, offset),
    built => ({ features: pick(built) }),
    { batch: 8, signal },
  )
  const length = channels * height * width
  return {
    maps: pictures.map((_, index) => features.subarray(index * length, (index + 1) * length)),
    channels,
    height,
    width,
  }
}

/** The maps of a layer, or the last feature maps. */
export function mapsNamed(built: BuiltNetwork, layer: string | undefined): Value {
  const value = layer === undefined ? built.features : layerNamed(built, layer)
  if (value.shape.length === 4) return value
  if (layer === undefined)
    throw new GlasshouseError({
      code: 'not-maps',
      what: 'the network pools no feature maps at its end, so a layer has to be named',
      where: '--layer',
      hint: `Name one that has maps, such as ${withMaps(built).slice(-3).join(', ')}`,
    })
  throw new GlasshouseError({
    code: 'not-maps',
    what: 'this layer has no places: it is one vector per picture',
    where: '--layer',
    got: `'${layer}' of shape [${value.shape}]`,
    hint: 'Name a layer before pooling',
  })
}

const withMaps = ({ graph }: BuiltNetwork): string[] =>
  [...graph.layers].flatMap(([name, { shape }]) =>
    shape.length === 4 && shape[2] * shape[3] > 1 ? [name] : [],
  )
