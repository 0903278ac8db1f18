/** `data montage OUT.mp4`: a drawn montage of people who watch the same film, to try `montage` on. */
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { parseGrid } from '../data/video/grid.ts'
import { defineCommand } from './command.ts'

export const dataMontage = defineCommand({
  name: 'data montage',
  summary: 'write a drawn video of people who watch the same film, each in a tile',
  description:
    'Parametric faces with identities of their own, a signal that they share, lags and noise. What is true of the video stands in a JSON file beside it.',
  arguments: [{ name: 'file', kind: 'output', description: 'where to write it; .mp4' }],
  options: z.object({
    grid: z.string().default('2x3').describe('rows x columns of people'),
    seconds: z.number().positive().max(36000).default(40).describe('how long it is'),
    side: z.number().int().min(32).max(512).multipleOf(2).default(96).describe('of a tile, in pixels'),
    rate: z.number().int().min(24).max(60).default(25).describe('frames per second'),
    lag: z.number().min(0).max(60).default(0.8).describe('seconds by which tiles lag or lead, at most'),
    independent: z.boolean().default(false).describe('everybody reacts to something else'),
    own: z.number().min(0).max(10).default(0.2).describe('share of each one’s own in the movements'),
    noise: z.number().min(0).max(100).default(3).describe('deviation of the grain, in grey levels'),
  }),
  examples: [{ line: 'data montage people.mp4 --grid 3x3', does: 'Nine people, 40 seconds' }],
  async run(context, { file }, { grid, lag, independent, ...options }) {
    const shape = parseGrid(grid)
    if (!shape)
      throw new GlasshouseError({
        code: 'option-value',
        what: 'a drawing needs a grid',
        path: ['options', 'grid'],
        got: grid,
        expected: 'rows x columns, such as 2x3',
      })
    const { drawnLags, writeDrawnMontage } = await import('../data/video/drawn/montage.node.ts')
    const { seed } = context
    const lags = drawnLags(shape.rows * shape.columns, lag, options.rate, seed)
    await writeDrawnMontage(file, { ...shape, ...options, lags, shared: !independent, seed }, context)
    context.made(file)
    context.made(`${file.replace(/\.mp4$/i, '')}.json`)
    return { metrics: { tiles: lags.length, lags, frames: Math.round(options.seconds * options.rate) } }
  },
})
