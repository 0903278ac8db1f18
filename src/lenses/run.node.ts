/** Runs a lens from the words that name its inputs to the files beside its page. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { closestNames } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import { counting } from '../base/work.ts'
import type { Film } from '../figures/film.ts'
import { checkOptions } from '../options/options.ts'
import type { OutputContext } from '../runtime/context.ts'
import { openInputs, type Sources } from './inputs.node.ts'
import { optionsOfInputs } from './inputs.ts'
import type { Drawing, LensDefinition } from './lens.ts'

/**
 * Opens a lens's inputs, runs it, draws it, and writes its pictures; the page is left to the caller. The options are
 * those of the lens and of its kinds of input.
 */
export async function runLens(
  context: OutputContext,
  lens: LensDefinition,
  sources: Sources,
  options: Readonly<Record<string, unknown>>,
): Promise<{ report: Drawing['report']; metrics: Readonly<Record<string, unknown>> }> {
  const kinds = optionsOfInputs(lens.inputs)
  requireKnown({ ...lens.options.shape, ...kinds.shape }, options)
  const checked = checkOptions(lens.options, options)
  const inputs = await openInputs(lens.inputs, sources, context, checkOptions(kinds, options))
  const { seed, signal, progress } = context
  const [runner, engine, { readPicture }, { openVectors }, { startNodeThread }, { createCanvas }, files] =
    await Promise.all([
      lens.run(),
      context.engine(),
      import('../data/decode.node.ts'),
      import('../runs/open-vectors.node.ts'),
      import('../embedding/tsne/thread-pool.node.ts'),
      import('../figures/canvas.node.ts'),
      import('../figures/files.node.ts'),
    ])
  const { encodePng, svgToPng } = files
  const result = await runner.run(
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
    checked,
  )
  const artist = await lens.draw()
  const drawing = await artist.draw(result, createCanvas())
  const { report, pictures, films = {}, tables = {}, arrays = {} } = drawing
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
  for (const [name, array] of Object.entries(arrays)) {
    const { encodeNpy } = await import('../weights/npy.ts')
    await context.write(`${name}.npy`, Buffer.concat(encodeNpy(array)))
  }
  await writeFilms(context, films)
  return { report, metrics: runner.metrics(result) }
}

function requireKnown(known: object, options: object): void {
  const unknown = Object.keys(options).find(key => !(key in known))
  if (unknown === undefined) return
  throw new GlasshouseError({
    code: 'option-unknown',
    what: 'the lens has no such option',
    where: unknown,
    expected: closestNames(unknown, Object.keys(known)).join(', '),
  })
}

/** Without ffmpeg there are no films, and a note says so; all else is made. */
async function writeFilms(context: OutputContext, films: Readonly<Record<string, Film>>): Promise<void> {
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
