/** `demo`: the main job on built-in data, on one page. */
import { basename, dirname, resolve } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { percent } from '../base/percent.ts'
import { note } from '../base/work.ts'
import { type CommandContext, defineCommand } from './command.ts'

const options = z.object({
  epochs: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(14)
    .describe('passes over the training images, for each network'),
  perClass: z.number().int().min(10).max(10000).default(60).describe('images of each species'),
  studio: z
    .boolean()
    .default(true)
    .describe('open the studio on the results at the end, until Ctrl-C; never with --json'),
})

export const demo = defineCommand({
  name: 'demo',
  summary: 'the main job on built-in data: draw, train, look inside, report',
  arguments: [],
  options,
  examples: [{ line: 'demo --no-studio', does: 'Everything, and end with one page to open' }],
  async run(context, _, { epochs, perClass, studio }) {
    const { runDemo } = await import('../lenses/demo.node.ts')
    const { recall, accuracy, report } = await runDemo(context, { epochs, perClass })
    return {
      metrics: { recall, accuracy, lenses: ['retrieval', 'cam'] },
      report,
      summary: [{ 'recall at 1': percent(recall['1']), accuracy: percent(accuracy) }],
      ...(studio && !context.json && { after: () => serveResults(context) }),
    }
  },
})

/** The studio over all runs, where the demo is one of them; over the demo alone where it was put elsewhere. */
async function serveResults(context: CommandContext): Promise<void> {
  const out = await context.out()
  const parent = dirname(resolve(out))
  const folder = basename(parent) === 'runs' ? parent : out
  const wishes = { folder, host: '127.0.0.1', readOnly: false, open: true }
  const codeOf = (error: unknown) => (error instanceof GlasshouseError ? error.code : undefined)
  try {
    await context.serve({ ...wishes, port: 4747 }).catch(error => {
      // Another program has the port.
      if (codeOf(error) !== 'listen-failed') throw error
      return context.serve({ ...wishes, port: 0 })
    })
  } catch (error) {
    // A studio that is open shows the demo, too.
    if (!(error instanceof GlasshouseError) || error.code !== 'run-locked') throw error
    note(context, error.message)
  }
}
