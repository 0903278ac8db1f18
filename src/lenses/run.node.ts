/** Runs a lens in Node: from the words that name its inputs to metrics, a page and the files beside it. */
import { availableParallelism } from 'node:os'
import { closestNames } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import { note } from '../base/work.ts'
import { checkOptions } from '../options/options.ts'
import type { Context, OutputContext } from '../runtime/context.ts'
import type { Encoders } from './artefacts.ts'
import { openInputs, type Sources } from './inputs.node.ts'
import { optionsOfInputs } from './inputs.ts'
import type { LensContext, LensDefinition } from './lens.ts'
import { checkUsedOptions, type Look, lookThrough } from './look.ts'
import { createPreviewFiles } from './previews.node.ts'

/**
 * Opens the inputs of a lens and looks through it; nothing is written. The options are those of the lens and of its
 * kinds of input.
 */
export async function lookIn(
  context: Context,
  lens: LensDefinition,
  sources: Sources,
  options: Readonly<Record<string, unknown>>,
): Promise<Look> {
  const kinds = optionsOfInputs(lens.inputs)
  requireKnown({ ...lens.options.shape, ...kinds.shape }, options)
  const checked = checkUsedOptions(lens, options)
  const early = await lens.run()
  const inputs = await openInputs(lens.inputs, sources, context, checkOptions(kinds, options), {
    networks: opened => early.check?.(opened, checked),
    data: (outline, opened) => early.checkData?.(opened, checked, outline),
  })
  const { seed, signal, emit } = context
  const [engine, { readPicture }, { openVectors }, { startNodeThread }, { createCanvas }, { openKept }] =
    await Promise.all([
      context.engine(),
      import('../data/decode.node.ts'),
      import('../runs/open-vectors.node.ts'),
      import('../embedding/tsne/thread-pool.node.ts'),
      import('../figures/canvas.node.ts'),
      import('./kept.node.ts'),
    ])
  const lensContext: LensContext = {
    engine,
    seed,
    signal,
    emit,
    picture: async path => ({ path, picture: await readPicture(path) }),
    vectors: path => openVectors(path),
    keep: (network, what) => openKept({ signal, emit }, engine, network, what),
    threads: { start: startNodeThread, count: context.threads ?? availableParallelism() },
  }
  return lookThrough(lens, lensContext, inputs, options, {
    canvas: createCanvas(),
    encoders: nodeEncoders(context),
  })
}

/** Looks through a lens and writes the files beside its page; the page is left to the caller. */
export async function runLens(
  context: OutputContext,
  lens: LensDefinition,
  sources: Sources,
  options: Readonly<Record<string, unknown>>,
): Promise<Pick<Look, 'report' | 'metrics'>> {
  const previews = createPreviewFiles(context)
  const watched = { ...context, emit: previews.emit }
  const { report, metrics, artefacts } = await lookIn(watched, lens, sources, options).catch(async error => {
    await previews.settled().catch(() => {})
    throw error
  })
  await previews.settled()
  for await (const { name, content } of artefacts) await context.write(name, content)
  return { report, metrics }
}

/** Without ffmpeg there are no films, and a note says so; all else is made. */
const nodeEncoders = (context: Context): Encoders => ({
  png: async picture => (await import('../figures/files.node.ts')).encodePng(picture),
  rasterise: async svg => (await import('../figures/files.node.ts')).svgToPng(svg),
  async film(name, film) {
    const { encodeFilm } = await import('../figures/film.node.ts')
    try {
      return await encodeFilm(film, { work: context, stage: name })
    } catch (error) {
      if (!(error instanceof GlasshouseError)) throw error
      note(context, `no ${name}: ${error.message}`)
      return undefined
    }
  },
})

function requireKnown(known: object, options: object): void {
  const unknown = Object.keys(options).find(key => !(key in known))
  if (unknown === undefined) return
  throw new GlasshouseError({
    code: 'option-unknown',
    what: 'the lens has no such option',
    path: ['options', unknown],
    expected: closestNames(unknown, Object.keys(known)).join(', '),
  })
}
