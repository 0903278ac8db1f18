/** Feature maps of images at a layer, and what the network saw of each: the ground of lenses that compare places. */
import type { Picture } from '../../base/picture.ts'
import { createWork } from '../../base/work.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import { forward } from '../../models/forward.ts'
import { type BuiltNetwork, buildOutline, type Network } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import type { NamedPicture } from '../lens.ts'
import { gridOf, type MapGrid, mapsNamed, mapsOf } from './layer-maps.ts'

export interface FeatureMaps {
  /** one array per image, (channels, height, width) row-major */
  maps: Float32Array[]
  channels: number
  height: number
  width: number
  /** where the cells look */
  grid: MapGrid
  /** side of the square that the network sees, in the grid's pixels */
  size: number
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

/** The maps of a layer, the last feature maps unless named, for some images. */
export async function featureMaps(
  engine: Engine,
  network: Network,
  pictures: readonly NamedPicture[],
  { layer, plain = false, signal }: { layer?: string; plain?: boolean; signal?: AbortSignal } = {},
): Promise<FeatureMaps> {
  const pick = (built: BuiltNetwork) => mapsOf(mapsNamed(built, layer))
  const [, channels, height, width] = pick(buildOutline(network)).shape
  const grid = await gridOf(engine, network, layer, signal)
  const { preprocessing } = network
  const { features } = await forward(
    engine,
    network,
    pictures.length,
    (index, target, offset) =>
      fillPrepared(viewOf(pictures[index].picture, preprocessing, plain), preprocessing, target, offset),
    built => ({ features: pick(built) }),
    { batch: 8, work: createWork({ signal }) },
  )
  const length = channels * height * width
  return {
    maps: pictures.map((_, index) => features.subarray(index * length, (index + 1) * length)),
    channels,
    height,
    width,
    grid,
    size: preprocessing.size,
  }
}
