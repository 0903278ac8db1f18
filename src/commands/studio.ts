/** `studio [FOLDER]`: the web page over everything. */
import { z } from 'zod'
import { defineCommand } from './command.ts'

export const studio = defineCommand({
  name: 'studio',
  summary: 'one web page over everything: browse, train, and look inside',
  description:
    'Serves a page on which runs are browsed and compared, trainings and lenses are started and watched, and results are shared. It listens on this machine alone unless --host says otherwise; the link that it prints holds a token, and whoever has the link may do everything that the page can. Only the runs folder and the data folders can be read. Ctrl-C stops it; jobs go on when it is started again.',
  arguments: [{ name: 'folder', description: 'the runs folder; runs/ unless given', optional: true }],
  options: z.object({
    port: z
      .number()
      .int()
      .min(0)
      .max(65535)
      .default(4747)
      .describe('where it listens; 0 takes any free port'),
    host: z.string().min(1).default('127.0.0.1').describe('the address or name that it listens on'),
    data: z
      .array(z.string().min(1))
      .optional()
      .describe('folders that data, images and models may come from; the current folder unless given')
      .meta({ value: 'DIR' }),
    readOnly: z.boolean().default(false).describe('show results, start and change nothing'),
    open: z.boolean().default(true).describe('open the page in a browser'),
  }),
  examples: [
    { line: 'studio', does: 'Look at everything under runs/' },
    { line: 'studio runs/rates --read-only', does: 'Show the runs of a sweep to others' },
  ],
  makesNothing: true,
  async run(context, { folder = 'runs' }, options) {
    await context.serve({ folder, ...options })
    return { metrics: {}, summary: 'The studio has stopped.' }
  },
})
