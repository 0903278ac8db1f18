/** Makes a command of a lens: its arguments and options become words and flags, its drawing becomes the page. */
import { z } from 'zod'
import { version } from '../base/version.node.ts'
import { renderReport } from '../figures/report.ts'
import { type LensDefinition, takesMany } from '../lenses/lens.ts'
import { type Argument, type CommandDefinition, defineCommand } from './command.ts'

/** What is asked of the inputs rather than of the lens, by the kinds of input. */
const dataOptions = { strict: z.boolean().default(false).describe('an unreadable image is an error') }
const vectorsOptions = {
  labels: z
    .string()
    .optional()
    .describe('labels of vectors that carry none: .npy, or one per line')
    .meta({ value: 'FILE' }),
  images: z
    .string()
    .optional()
    .describe('the pictures that the vectors of a file describe, found by path')
    .meta({ value: 'DATA' }),
}
const reading = z.object({ ...dataOptions, ...vectorsOptions })

export function lensCommand(lens: LensDefinition): CommandDefinition {
  const words: Argument[] = lens.arguments.map(argument => {
    const { name, description, optional } = argument
    return { name, description, optional, many: takesMany(argument) }
  })
  const reads = (...kinds: string[]) => lens.arguments.some(({ kind }) => kinds.includes(kind))
  return defineCommand({
    name: lens.name,
    summary: lens.description,
    description: lens.about,
    arguments: words,
    options: lens.options.safeExtend({
      ...(reads('data', 'pictures') && dataOptions),
      ...(reads('vectors') && vectorsOptions),
    }),
    examples: lens.examples,
    async run(context, args, { strict, labels, images, ...options }) {
      // Loaded here, so that `--help` does not wait for the engine.
      const { runLens } = await import('../lenses/run.node.ts')
      const { report, metrics } = await runLens(
        context,
        lens,
        args,
        options,
        reading.parse({ strict, labels, images }),
      )
      const footer = `glasshouse ${version}  ${lens.name} ${Object.values(args).flat().join(' ')}  seed ${context.seed}`
      return { metrics, report: renderReport({ title: lens.title, ...report, footer }) }
    },
  })
}
