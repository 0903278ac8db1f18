/** The lens of layer similarity: how alike do all pictures look at a layer, and why? */
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { buildOutline, type Network } from '../../nets/network.ts'
import { defineLens, type LabelledPicture, type LensContext } from '../lens.ts'
import { featureMaps, viewsOf } from '../maps/feature-maps.ts'
import { modeOf, type ScaleSimilarity, scaleSimilarities, variants } from './compute.ts'
import { drawLayerSimilarity } from './draw.ts'
import { centreBox, pictureMask, similarityMasks, wholePicture } from './masks.ts'

const options = z.object({
  layers: z
    .array(z.string())
    .optional()
    .describe('which layers; the stem and the stages, or some through the network, unless given')
    .meta({ value: 'LAYER' }),
  scales: z
    .array(z.number().int().min(1).max(512))
    .default([1, 2, 4, 8, 16])
    .describe('blocks along a side that maps are averaged to; those finer than a layer are left out'),
  mask: z
    .string()
    .default('none')
    .describe(
      'where to look: none, centre, similarity (where the pictures are alike), or a picture, bright inside',
    )
    .meta({ value: 'none|centre|similarity|FILE' }),
  variant: z
    .enum(variants)
    .default('shared')
    .describe('one picture’s mask on both, each its own, or a picture within its mask against all of itself'),
  samples: z
    .number()
    .int()
    .min(2)
    .max(500)
    .default(32)
    .describe('how many pictures of a data set to compare'),
})

type Options = z.output<typeof options>

export interface LayerSimilarityResult {
  similarities: ScaleSimilarity[]
  layers: string[]
  pictures: number
  mask: string
  variant: Options['variant']
  /** some of the pictures, and where it was looked in each */
  shown: { view: Picture; mask: Float64Array }[]
}

export const layerSimilarity = defineLens({
  name: 'layer-similarity',
  title: 'Layer similarity',
  description: 'how alike all pictures look at each layer, by scale and within a mask',
  about:
    'Early layers seem to find all pictures alike. They do once their maps are averaged: every filter answers to natural pictures about equally often, so means over places come near the same expected values. The finer the blocks, the lower the cosines; and with the mean over the pictures taken away first, most of the likeness is gone. Both are shown beside each other, per layer and scale, as histograms over all pairs.',
  arguments: [
    {
      name: 'model',
      kind: 'model',
      description: 'a run (run@7 for an epoch), an .onnx file, or NET:WEIGHTS',
    },
    { name: 'data', kind: 'pictures', description: 'a data set to draw --samples from, or pictures' },
  ],
  options,
  examples: [
    { line: 'layer-similarity runs/train-1 seedlings/', does: 'All stages, five scales' },
    {
      line: 'layer-similarity runs/train-1 cars/ --mask similarity --layers stem',
      does: 'Within what makes them alike',
    },
  ],
  async run(context, { model: { network }, data }, options) {
    const pictures = await data.take(options.samples, context.seed)
    if (pictures.length < 2)
      throw new GlasshouseError({
        code: 'too-few-pictures',
        what: 'there is nothing to compare',
        where: 'DATA',
        expected: 'two pictures or more',
        got: String(pictures.length),
      })
    const layers = options.layers ?? usualLayers(network)
    const masks = await masksOf(context, network, pictures, options.mask)
    const progress = context.progress('layers', layers.length)
    const similarities: ScaleSimilarity[] = []
    for (const [index, layer] of layers.entries()) {
      context.signal.throwIfAborted()
      const maps = await featureMaps(context.engine, network, pictures, { layer, signal: context.signal })
      similarities.push(...scaleSimilarities(layer, maps, masks, options.scales, options.variant))
      progress.update(index + 1)
    }
    progress.done()
    const few = pictures.slice(0, 8)
    return {
      similarities,
      layers,
      pictures: pictures.length,
      mask: options.mask,
      variant: options.variant,
      shown: viewsOf(network, few).map((view, index) => ({ view, mask: masks[index] })),
    } satisfies LayerSimilarityResult
  },
  draw: drawLayerSimilarity,
  metrics: ({ similarities, pictures }) => ({
    pictures,
    layers: similarities.map(({ layer, scale, cosines, meanRemoved }) => ({
      layer,
      scale,
      mean: mean(cosines),
      ...modeOf(cosines),
      meanRemoved: mean(meanRemoved),
    })),
  }),
})

export const mean = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / (values.length || 1)

/** The stem before and the stages of a residual network; else five layers with places, from first to last. */
function usualLayers(network: Network): string[] {
  const { graph } = buildOutline(network)
  const maps = [...graph.layers].filter(([, value]) => value.shape.length === 4).map(([name]) => name)
  const stages = maps.filter(name => /^(stem(\.conv)?|stage\d+)$/.test(name))
  if (stages.length > 1) return stages
  return [...new Set([0, 0.25, 0.5, 0.75, 1].map(share => maps[Math.round(share * (maps.length - 1))]))]
}

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
