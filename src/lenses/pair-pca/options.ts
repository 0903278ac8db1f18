/** What can be asked of the lens of pair PCA. */
import { z } from 'zod'

export const options = z.object({
  layer: z
    .string()
    .optional()
    .describe('whose maps to decompose; the last ones unless given')
    .meta({ kind: 'layer' }),
  components: z.number().int().min(3).max(400).default(100).describe('how many components to show'),
  skip: z
    .number()
    .int()
    .min(0)
    .max(20)
    .default(0)
    .describe('components to leave out of the false colours: the first often tells plant from ground only'),
  size: z
    .number()
    .int()
    .min(16)
    .max(1024)
    .optional()
    .describe('squeeze every image into a square of this side, in place of the network’s own preparation'),
})

export type PairPcaOptions = z.output<typeof options>
