/** Makes a command of a lens: opens its inputs, runs it, draws it, and lays the pictures beside the page. */
import { z } from 'zod'
import { renderReport } from '../figures/report.ts'
import { type LensDefinition, takesMany } from '../lenses/lens.ts'
import { type Argument, type CommandDefinition, defineCommand } from './command.ts'
import { openInputs } from './inputs.ts'
import { version } from './version.ts'

const strict = z.boolean().default(false).describe('an unreadable image is an error')

export function lensCommand(lens: LensDefinition): CommandDefinition {
  const words: Argument[] = lens.arguments.map(argument => {
    const { name, description, optional } = argument
    return { name, description, optional, many: takesMany(argument) }
  })
  const readsData = lens.arguments.some(({ kind }) => kind === 'data' || kind === 'pictures')
  return defineCommand({
    name: lens.name,
    summary: lens.description,
    description: lens.about,
    arguments: words,
    options: readsData ? lens.options.safeExtend({ strict }) : lens.options,
    examples: lens.examples,
    async run(context, args, { strict, ...options }) {
      const inputs = await openInputs(lens.arguments, args, context, { strict: strict === true })
      const { seed, signal, progress } = context
      const result = await lens.run(
        { engine: await context.engine(), seed, signal, progress },
        inputs,
        options,
      )
      const [{ serverDocument }, { dataUri, encodePng, svgToPng }] = await Promise.all([
        import('../figures/document.node.ts'),
        import('../figures/files.node.ts'),
      ])
      const { report, pictures } = await lens.draw(result, { document: serverDocument(), embed: dataUri })
      for (const [name, picture] of Object.entries(pictures)) {
        if (typeof picture === 'string') await context.write(`${name}.svg`, picture)
        await context.write(
          `${name}.png`,
          typeof picture === 'string' ? await svgToPng(picture) : await encodePng(picture),
        )
      }
      const footer = `glasshouse ${version}  ${lens.name} ${Object.values(args).flat().join(' ')}  seed ${seed}`
      return { metrics: lens.metrics(result), report: renderReport({ title: lens.title, ...report, footer }) }
    },
  })
}
