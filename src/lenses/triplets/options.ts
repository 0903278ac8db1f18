/** What can be asked of the lens of triplets. */
import { z } from 'zod'
import { fieldNames } from './field.ts'

export const options = z.object({
  split: z
    .enum(['train', 'test'])
    .default('test')
    .describe('the split of the numbers, the paths and the histogram'),
  track: z
    .string()
    .optional()
    .describe('follow the triplet of this image through all epochs')
    .meta({ value: 'IMAGE', kind: 'image' }),
  field: z.enum(fieldNames).optional().describe('draw this update field behind the dots from the start'),
  dots: z
    .number()
    .int()
    .min(1)
    .max(1000000)
    .default(12000)
    .describe('how many dots of a panel the film carries; of more, a random sample'),
  density: z.boolean().optional().describe('draw densities instead of dots; by itself where dots are many'),
  thumbnails: z
    .number()
    .int()
    .min(0)
    .max(200000)
    .default(20000)
    .describe('how many images the film carries as images'),
})

export type TripletsOptions = z.output<typeof options>
