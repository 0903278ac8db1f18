/** The lens of similarity: which places make a network take two pictures for alike? */
import { z } from 'zod'
import type { Picture } from '../../base/picture.ts'
import { defineLens, type LensContext, type ModelInput, type NamedPicture } from '../lens.ts'
import { atSize, type FeatureMaps, featureMaps, viewsOf } from '../maps/feature-maps.ts'
import { channelContributions, type SimilarityMaps, similarityMaps } from './compute.ts'
import { drawSimilarity } from './draw.ts'
import { headOf } from './head.ts'
import { type Colours, similarityOptions } from './options.ts'

const options = similarityOptions.extend({
  filters: z.number().int().min(1).max(64).default(8).describe('how many filters to show'),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .optional()
    .describe('squeeze every picture into a square of this side, in place of the network’s own preparation'),
})

export type SimilarityOptions = z.output<typeof options>

export interface SimilarityResult {
  similarity: SimilarityMaps
  maps: FeatureMaps
  /** per channel, of the pooled features before any head */
  contributions: Float64Array
  filters: { channel: number; contribution: number; maps: Float32Array[] }[]
  views: Picture[]
  paths: string[]
  colours: Colours
}

/** One network on one pair of pictures. */
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

export const similarity = defineLens({
  name: 'similarity',
  title: 'Similarity maps',
  description: 'which places make a network take two pictures for alike',
  about:
    'The cosine of two pooled vectors is a sum over the places of either picture, so it can be laid over the picture exactly, without a gradient (Stylianou, Souvenir, Pless, WACV 2019). Behind a ReLU all features are positive, and so are all places: cold then means less than others, not against. The filters that carry most are the channels with the largest products.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    { name: 'a', kind: 'image', description: 'a picture' },
    { name: 'b', kind: 'image', description: 'another' },
  ],
  options,
  examples: [{ line: 'similarity runs/train-1 a.jpg b.jpg', does: 'What makes these two alike?' }],
  run: (context, { model, a, b }, options) => comparePair(context, model, [a, b], options),
  draw: drawSimilarity,
  metrics: ({ similarity: { one, other, cosine }, contributions }) => ({
    cosine,
    mapSums: [one, other].map(map => map.reduce((sum, value) => sum + value, 0)),
    filters: Array.from(contributions),
  }),
})
