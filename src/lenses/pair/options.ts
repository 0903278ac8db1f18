/** What can be asked of the lens of pairs. */
import { z } from 'zod'
import { similarityOptions } from '../similarity/options.ts'

export const options = similarityOptions.extend({
  filters: z.number().int().min(1).max(64).default(8).describe('how many filters to show'),
  skip: z.number().int().min(0).max(20).default(0).describe('components to leave out of the false colours'),
})

export type PairOptions = z.output<typeof options>
