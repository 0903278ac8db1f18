/** Runs a lens in a browser: from opened inputs to its result, its metrics and its drawing. Nothing is written. */
import type { Picture } from '../base/picture.ts'
import { createWork, type Work } from '../base/work.ts'
import { startWebThread, webThreads } from '../embedding/tsne/thread-pool.web.ts'
import { createCanvas } from '../figures/canvas.web.ts'
import type { Engine } from '../runtime/engine.ts'
import type { InputValues } from './inputs.ts'
import type { Drawing, LensContext, LensDefinition } from './lens.ts'
import { checkUsedOptions } from './look.ts'

export interface WebLensOptions extends Partial<Work> {
  engine: Engine
  /** of all randomness; default 0 */
  seed?: number
  /** the images that options name, by the names that they give */
  pictures?: ReadonlyMap<string, Picture>
  /** threads for work outside the engine; all cores unless given, one where the page is not cross-origin isolated */
  threads?: number
}

export interface LensOutcome {
  result: unknown
  /** what a script may rely on */
  metrics: Readonly<Record<string, unknown>>
  /** arranges the result for the eye; the page's own document draws the plots */
  draw(): Promise<Drawing>
}

/** @param inputs the opened inputs, by the names that the lens gives them */
export async function runLens(
  lens: LensDefinition,
  inputs: InputValues,
  options: Readonly<Record<string, unknown>>,
  { engine, seed = 0, pictures = new Map(), threads = webThreads(), ...work }: WebLensOptions,
): Promise<LensOutcome> {
  const { run, metrics } = await lens.run()
  const context: LensContext = {
    engine,
    seed,
    ...createWork(work),
    async picture(path) {
      const picture = pictures.get(path)
      if (!picture) throw new Error(`no image called '${path}' was handed to the lens`)
      return { path, picture }
    },
    threads: { start: startWebThread, count: threads },
  }
  const result = await run(context, inputs, checkUsedOptions(lens, options, inputs))
  return {
    result,
    metrics: metrics(result),
    draw: async () => (await lens.draw()).draw(result, createCanvas(), inputs),
  }
}
