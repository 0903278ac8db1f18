/** What can be asked of `one-image`. */
import { z } from 'zod'
import { architectures } from '../../nets/architectures.ts'
import { withOption } from '../../options/needs.ts'

export const oneImageOptions = z.object({
  data: z
    .string()
    .optional()
    .describe(
      'labelled images: what is probed, and what the full data and the supervised network learn from; drawn seedlings unless given',
    )
    .meta({ value: 'DATA' }),
  method: z
    .enum(['rotation', 'cluster'])
    .default('rotation')
    .describe('rotation: which quarter turn was done; cluster: which k-means cluster of the features'),
  crops: z
    .number()
    .int()
    .min(16)
    .max(10_000_000)
    .default(10_000)
    .describe('of the image; each is made when it is needed'),
  plain: z
    .boolean()
    .default(false)
    .describe('the control: whole squares, neither scaled, turned, sheared nor recoloured'),
  net: z
    .string()
    .refine(name => architectures.has(name), {
      error: `not a network: expected ${[...architectures.keys()].join(', ')}`,
    })
    .default('cifar-resnet20')
    .describe('the network'),
  size: z.number().int().min(16).max(256).default(32).describe('side of what it sees, in pixels'),
  batch: z.number().int().min(4).max(4096).multipleOf(4).default(64).describe('images in a step'),
  epochs: z.number().int().min(1).max(10000).default(5).describe('after each, clusters are found again'),
  steps: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(100)
    .describe('of an epoch, the same for every training'),
  lr: z.number().positive().default(0.05).describe('peak learning rate'),
  clusters: z
    .number()
    .int()
    .min(2)
    .max(10000)
    .default(32)
    .describe('of the method cluster')
    .meta({ needs: [withOption('method', 'cluster')] }),
  seeds: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('of all trainings; three or more give the spread'),
  layers: z
    .array(z.string().meta({ kind: 'layer' }))
    .optional()
    .describe(
      'which layers are probed; the stem, the stages and the pooled features, or some through the network, unless given',
    )
    .meta({ value: 'LAYER' }),
  features: z
    .number()
    .int()
    .min(16)
    .max(100000)
    .default(512)
    .describe('about how many numbers each layer is pooled to'),
  holdOut: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.2)
    .describe('share of each class to test on, where the data names no test images'),
  strict: z.boolean().default(false).describe('an unreadable image is an error'),
})

export type OneImageOptions = z.output<typeof oneImageOptions>
