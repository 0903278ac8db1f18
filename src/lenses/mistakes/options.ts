/** What can be asked of the lens of mistakes. */
import { z } from 'zod'
import { splitChoices } from '../../data/choose-split.ts'
import { colourMapNames } from '../../figures/colour-maps.ts'
import { mapMethods } from '../cam/methods.ts'
import { mapLayer } from '../cam/options.ts'

export const options = z.object({
  pair: z
    .string()
    .optional()
    .describe('only images of the one class that were taken for the other, by name or index')
    .meta({ value: 'TRUE,PREDICTED' }),
  split: z.enum(splitChoices).default('test').describe('which part of the data to classify'),
  nearest: z
    .number()
    .int()
    .min(0)
    .max(20)
    .default(5)
    .describe('training images to show for each mistake; 0 for none'),
  most: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(120)
    .describe('mistakes to show on the page; the CSV and the metrics have all'),
  method: z
    .enum(mapMethods)
    .optional()
    .describe('of the maps; cam where the network ends in a pooled linear head, unless given'),
  layer: mapLayer,
  colours: z
    .enum(colourMapNames)
    .default('turbo')
    .describe('colour map of the heat, low to high')
    .meta({ kind: 'colour-map' }),
})

export type MistakesOptions = z.output<typeof options>
