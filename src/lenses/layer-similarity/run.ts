import { GlasshouseError } from '../../base/errors.ts'
import { append } from '../../base/extremes.ts'
import { meanOf } from '../../base/statistics.ts'
import { inStage } from '../../base/work.ts'
import { buildOutline, type Network } from '../../nets/network.ts'
import type { LabelledPicture, LensContext, ModelInput, PicturesInput } from '../lens.ts'
import { featureMaps, viewsOf } from '../maps/feature-maps.ts'
import { mapsNamed, usualLayers } from '../maps/layer-maps.ts'
import { modeOf, type ScaleSimilarity, scaleSimilarities } from './compute.ts'
import { centreBox, pictureMask, similarityMasks, wholePicture } from './masks.ts'
import type { LayerSimilarityOptions } from './options.ts'
import type { LayerSimilarityResult } from './result.ts'

export function check(
  { model: { network } }: { model: ModelInput },
  { layers }: LayerSimilarityOptions,
): void {
  const built = buildOutline(network)
  for (const layer of layers ?? []) mapsNamed(built, layer)
}

export async function run(
  context: LensContext,
  { model: { network }, data }: { model: ModelInput; data: PicturesInput },
  options: LayerSimilarityOptions,
): Promise<LayerSimilarityResult> {
  const pictures = await data.take(options.samples, context.seed)
  if (pictures.length < 2)
    throw new GlasshouseError({
      code: 'too-few-pictures',
      what: 'there is nothing to compare',
      where: 'DATA',
      expected: 'two images or more',
      got: String(pictures.length),
    })
  const layers = options.layers ?? usualLayers(buildOutline(network))
  const masks = await masksOf(context, network, pictures, options.mask)
  const similarities: ScaleSimilarity[] = []
  await inStage(context, 'layers', layers.length, async update => {
    for (const [index, layer] of layers.entries()) {
      context.signal.throwIfAborted()
      const maps = await featureMaps(context.engine, network, pictures, { layer, signal: context.signal })
      append(similarities, scaleSimilarities(layer, maps, masks, options.scales, options.variant))
      update(index + 1)
    }
  })
  const few = pictures.slice(0, 8)
  return {
    similarities,
    layers,
    pictures: pictures.length,
    mask: options.mask,
    variant: options.variant,
    shown: viewsOf(network, few).map((view, index) => ({ view, mask: masks[index] })),
  }
}

export const metrics = ({ similarities, pictures }: LayerSimilarityResult) => ({
  pictures,
  layers: similarities.map(({ layer, scale, cosines, meanRemoved }) => ({
    layer,
    scale,
    mean: meanOf(cosines),
    ...modeOf(cosines),
    meanRemoved: meanOf(meanRemoved),
  })),
})

async function masksOf(
  { engine, signal, picture }: LensContext,
  network: Network,
  pictures: readonly LabelledPicture[],
  mask: string,
): Promise<Float64Array[]> {
  if (mask === 'none') return pictures.map(wholePicture)
  if (mask === 'centre') return pictures.map(centreBox)
  if (mask === 'similarity') return similarityMasks(await featureMaps(engine, network, pictures, { signal }))
  const drawn = pictureMask((await picture(mask)).picture)
  if (drawn.some(value => value > 0)) return pictures.map(() => drawn)
  throw new GlasshouseError({
    code: 'mask-empty',
    what: 'nothing in this mask is bright, so there is nowhere to look',
    where: mask,
    hint: 'Paint white what is to be compared',
  })
}
