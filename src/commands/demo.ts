/** `demo`: the main job on built-in data, on one page. */

import { z } from 'zod'
import { percent } from '../base/percent.ts'
import { defineCommand } from './command.ts'

const options = z.object({
  epochs: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(14)
    .describe('passes over the training images, for each network'),
  perClass: z.number().int().min(10).max(10000).default(60).describe('images of each species'),
  studio: z.boolean().default(true).describe('open the web page at the end, where this version has one'),
})

export const demo = defineCommand({
  name: 'demo',
  summary: 'the main job on built-in data: draw, train, look inside, report',
  arguments: [],
  options,
  examples: [{ line: 'demo --no-studio', does: 'Everything, and end with one page to open' }],
  async run(context, _, { epochs, perClass }) {
    const { runDemo } = await import('../lenses/demo.node.ts')
    const { recall, accuracy, report } = await runDemo(context, { epochs, perClass })
    return {
      metrics: { recall, accuracy, lenses: ['retrieval', 'cam'] },
      report,
      summary: [{ 'recall at 1': percent(recall['1']), accuracy: percent(accuracy) }],
    }
  },
})
