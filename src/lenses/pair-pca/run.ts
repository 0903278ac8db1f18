import type { LensContext, ModelInput, NamedPicture } from '../lens.ts'
import { atSize, featureMaps, viewsOf } from '../maps/feature-maps.ts'
import { principalComponents } from './compute.ts'
import type { PairPcaOptions } from './options.ts'
import type { PairPcaResult } from './result.ts'

export async function run(
  { engine, signal }: LensContext,
  { model, images }: { model: ModelInput; images: NamedPicture[] },
  { layer, components, skip, size }: PairPcaOptions,
): Promise<PairPcaResult> {
  const network = atSize(model.network, size)
  const plain = size !== undefined
  const maps = await featureMaps(engine, network, images, { layer, plain, signal })
  return {
    components: principalComponents(maps, components),
    views: viewsOf(network, images, plain),
    paths: images.map(({ path }) => path),
    layer: layer ?? 'the last feature maps',
    skip,
  }
}

export const metrics = ({
  components: { explained, contributions, meanContribution, cosine, locations, channels },
}: PairPcaResult) => ({
  explained,
  contributions,
  meanContribution,
  cosine,
  locations,
  channels,
})
