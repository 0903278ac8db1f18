/** What can be asked of the lens of layer similarity. */
import { z } from 'zod'
import { notWith, withDataSet } from '../../options/needs.ts'
import { variants } from './compute.ts'

export const options = z.object({
  layers: z
    .array(z.string().meta({ kind: 'layer' }))
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
      'where to look: none, centre, similarity (where the images are alike), or an image, bright inside',
    )
    .meta({ value: 'none|centre|similarity|FILE' }),
  variant: z
    .enum(variants)
    .default('shared')
    .describe('one picture’s mask on both, each its own, or an image within its mask against all of itself')
    .meta({ needs: [notWith('mask', 'none')] }),
  samples: z
    .number()
    .int()
    .min(2)
    .max(500)
    .default(32)
    .describe('how many images of a data set to compare')
    .meta({ needs: [withDataSet('data')] }),
})

export type LayerSimilarityOptions = z.output<typeof options>
