import type { LensContext, ModelInput, NamedPicture } from '../lens.ts'
import { atSize, featureMaps, viewsOf } from '../maps/feature-maps.ts'
import { channelContributions, placePairs, similarityMaps } from './compute.ts'
import { headOf } from './head.ts'
import type { SimilarityOptions } from './options.ts'
import type { SimilarityResult } from './result.ts'

/** Places of an image; of more, the pairs would be too large for a page. */
const mostPaired = 1024

/** One network on one pair of images. */
export async function comparePair(
  { engine, signal }: Pick<LensContext, 'engine' | 'signal'>,
  model: ModelInput,
  pair: readonly NamedPicture[],
  { layer, pool, colours, filters, size }: SimilarityOptions,
): Promise<SimilarityResult> {
  const network = atSize(model.network, size)
  const plain = size !== undefined
  const maps = await featureMaps(engine, network, pair, { layer, plain, signal })
  const [a, b] = maps.maps
  const contributions = channelContributions(a, b, maps.channels, pool)
  const places = maps.height * maps.width
  const top = Array.from(contributions.keys())
    .sort((i, j) => contributions[j] - contributions[i])
    .slice(0, filters)
  return {
    similarity: similarityMaps(a, b, maps.channels, pool, headOf(network, layer, pool)),
    maps,
    contributions,
    filters: top.map(channel => ({
      channel,
      contribution: contributions[channel],
      maps: [a, b].map(map => map.subarray(channel * places, (channel + 1) * places)),
    })),
    views: viewsOf(network, pair, plain),
    paths: pair.map(({ path }) => path),
    colours,
  }
}

export async function run(
  context: LensContext,
  { model, a, b }: { model: ModelInput; a: NamedPicture; b: NamedPicture },
  options: SimilarityOptions,
): Promise<SimilarityResult> {
  const result = await comparePair(context, model, [a, b], options)
  const { maps, channels, height, width } = result.maps
  if (height * width > mostPaired) return result
  const { layer, pool, size } = options
  const head = headOf(atSize(model.network, size), layer, pool)
  return { ...result, pairs: placePairs(maps[0], maps[1], channels, pool, head) }
}

export const metrics = ({ similarity: { one, other, cosine }, contributions }: SimilarityResult) => ({
  cosine,
  mapSums: [one, other].map(map => map.reduce((sum, value) => sum + value, 0)),
  filters: Array.from(contributions),
})
