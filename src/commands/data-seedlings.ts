/** `data seedlings OUT`: the built-in data, drawn afresh. */
import { z } from 'zod'
import { defineCommand } from './command.ts'
import { table } from './summary.ts'

export const dataSeedlings = defineCommand({
  name: 'data seedlings',
  summary: 'write the built-in, drawn data of 12 species as train/ and test/ folders',
  arguments: [{ name: 'folder', kind: 'output', description: 'where to write it' }],
  options: z.object({
    perClass: z
      .number()
      .int()
      .min(1)
      .max(100000)
      .default(60)
      .describe('images of each species; a fifth of them is for testing'),
    size: z.number().int().min(16).max(1024).default(128).describe('side of the images in pixels'),
  }),
  examples: [{ line: 'data seedlings seedlings/', does: 'Data to try everything on, without a download' }],
  makesNothing: true,
  async run(context, { folder }, { perClass, size }) {
    const { writeSeedlings } = await import('../data/seedlings/draw.node.ts')
    const metrics = await writeSeedlings(folder, {
      perClass,
      size,
      seed: context.seed,
      work: context,
    })
    return { metrics, summary: table([{ ...metrics, folder }]) }
  },
})
