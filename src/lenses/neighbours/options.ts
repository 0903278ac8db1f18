/** What can be asked of the lens of neighbours. */
import { z } from 'zod'
import { withShelf } from '../../options/needs.ts'
import { similarityOptions } from '../similarity/options.ts'

export const options = similarityOptions.extend({
  count: z.number().int().min(1).max(100).default(20).describe('how many of the nearest to show'),
  region: z
    .array(z.number().min(0).max(1))
    .length(4)
    .optional()
    .describe('search by a part of the image only: x, y, width, height as shares of what the network sees')
    .meta({ value: 'X' }),
  search: z
    .enum(['exact', 'approximate'])
    .default('exact')
    .describe('in vectors: compare with all of them, or by an index, which is built beside them once')
    .meta({ needs: [withShelf('data')] }),
})

export type NeighboursOptions = z.output<typeof options>
