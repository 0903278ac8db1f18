/** What the lenses of similarity have in common: which features are compared, and how the maps are drawn. */
import { z } from 'zod'
import { largest, smallest } from '../../base/extremes.ts'
import type { HeatOptions } from '../../figures/heat.ts'

export const similarityOptions = z.object({
  layer: z
    .string()
    .optional()
    .describe('whose maps to compare; the last ones, through the head of an embedding, unless given')
    .meta({ kind: 'layer' }),
  pool: z.enum(['average', 'max']).default('average').describe('how places become one vector'),
  colours: z
    .enum(['warm-high', 'blue-high'])
    .default('warm-high')
    .describe('warm colours for high values, or blue as in the papers of the lab'),
})

export const options = similarityOptions.extend({
  filters: z.number().int().min(1).max(64).default(8).describe('how many filters to show'),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .optional()
    .describe('squeeze every image into a square of this side, in place of the network’s own preparation'),
})

export type SimilarityOptions = z.output<typeof options>

export type Colours = z.output<typeof similarityOptions>['colours']

/** Colours of several maps on one scale. */
export function scaleOf(maps: readonly Float32Array[], colours: Colours): HeatOptions {
  const low = smallest(maps.map(map => smallest(map)))
  const high = largest(maps.map(map => largest(map)))
  return colours === 'warm-high' ? { colours: 'turbo', low, high } : { colours: 'jet', low: high, high: low }
}
