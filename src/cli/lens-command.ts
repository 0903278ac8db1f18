/** Makes a command of a lens: opens its inputs, runs it, draws it, and lays the pictures beside the page. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { version } from '../base/version.node.ts'
import { counting } from '../base/work.ts'
import type { Film } from '../figures/film.ts'
import { renderReport } from '../figures/report.ts'
import { type Drawing, type LensDefinition, takesMany } from '../lenses/lens.ts'
import { checkOptions } from '../options/options.ts'
import {
  type Argument,
  type ArgumentValues,
  type CommandContext,
  type CommandDefinition,
  defineCommand,
} from './command.ts'
import { type DataOptions, openInputs } from './inputs.ts'

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

/** Opens a lens's inputs, runs it, draws it, and writes its pictures; the page is left to the caller. */
export async function runLens(
  context: CommandContext,
  lens: LensDefinition,
  args: ArgumentValues,
  options: Readonly<Record<string, unknown>>,
  data: DataOptions = {},
): Promise<{ report: Drawing['report']; metrics: Readonly<Record<string, unknown>> }> {
  const inputs = await openInputs(lens.arguments, args, context, data)
  const { seed, signal, progress } = context
  const [engine, { readPicture }, { openVectors }, { startNodeThread }, { serverDocument }, files] =
    await Promise.all([
      context.engine(),
      import('../data/decode.node.ts'),
      import('../runs/open-vectors.node.ts'),
      import('../embedding/tsne/crew.node.ts'),
      import('../figures/document.node.ts'),
      import('../figures/files.node.ts'),
    ])
  const { dataUri, encodePng, svgToPng } = files
  const result = await lens.run(
    {
      engine,
      seed,
      signal,
      progress,
      picture: async path => ({ path, picture: await readPicture(path) }),
      vectors: path => openVectors(path),
      threads: { start: startNodeThread, count: context.threads ?? availableParallelism() },
      async show(name, picture) {
        await context.write(`${name}.png`, await encodePng(picture))
      },
    },
    inputs,
    checkOptions(lens.options, options),
  )
  const {
    report,
    pictures,
    films = {},
    tables = {},
  } = await lens.draw(result, { document: serverDocument(), embed: dataUri })
  for (const [name, picture] of Object.entries(pictures)) {
    if (typeof picture === 'string') await context.write(`${name}.svg`, picture)
    await context.write(
      `${name}.png`,
      typeof picture === 'string' ? await svgToPng(picture) : await encodePng(picture),
    )
  }
  for (const [name, table] of Object.entries(tables)) {
    const { encodeVectors } = await import('../embedding/vectors.ts')
    await context.write(`${name}.arrow`, encodeVectors(table))
  }
  await writeFilms(context, films)
  return { report, metrics: lens.metrics(result) }
}

/** Without ffmpeg there are no films, and a note says so; all else is made. */
async function writeFilms(context: CommandContext, films: Readonly<Record<string, Film>>): Promise<void> {
  const { writeFilm } = await import('../figures/film.node.ts')
  for (const [name, film] of Object.entries(films)) {
    const path = join(await context.out(), `${name}.mp4`)
    try {
      await writeFilm(path, film, { signal: context.signal, onProgress: counting(context, `${name}.mp4`) })
      context.made(path)
    } catch (error) {
      if (!(error instanceof GlasshouseError)) throw error
      context.note(`no ${name}.mp4: ${error.message}`)
    }
  }
}
