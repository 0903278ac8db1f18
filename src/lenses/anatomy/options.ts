/** What can be asked of the lens of residual units. */
import { z } from 'zod'
import { withDataSet } from '../../options/needs.ts'
import { options as dreamOptions } from '../dream/options.ts'

export const options = z.object({
  unit: z
    .array(z.string())
    .optional()
    .describe('the residual units to dream on; the last of the second and third stage unless given')
    .meta({ value: 'UNIT', kind: 'unit' }),
  samples: z
    .number()
    .int()
    .min(1)
    .max(2000)
    .default(32)
    .describe('how many images of a data set to average over')
    .meta({ needs: [withDataSet('image')] }),
  ...dreamOptions.pick({
    octaves: true,
    octaveScale: true,
    steps: true,
    stepSize: true,
    jitter: true,
    clip: true,
    size: true,
    tile: true,
  }).shape,
})

export type AnatomyOptions = z.output<typeof options>
