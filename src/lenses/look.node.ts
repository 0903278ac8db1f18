/** A lens from sources to page: what a program asks for, where a person types the lens's command. */
import { footerOf } from '../figures/page.node.ts'
import { renderReport } from '../figures/report.ts'
import type { OutputContext } from '../runtime/context.ts'
import type { Sources } from './inputs.node.ts'
import type { Drawing, LensDefinition } from './lens.ts'
import { runLens } from './run.node.ts'

/**
 * Runs a lens and writes `index.html` and its images into the context's folder; returns the metrics.
 *
 * @throws GlasshouseError where a source cannot be opened or an option does not fit
 */
export async function look(
  context: OutputContext,
  lens: LensDefinition,
  sources: Sources,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { report, metrics } = await runLens(context, lens, sources, options)
  await context.write('index.html', lensPage(lens, report, sources, context.seed))
  return metrics
}

/** The page of a lens, which says at its foot how it was made. */
export function lensPage(
  { name, title }: LensDefinition,
  report: Drawing['report'],
  sources: Sources,
  seed: number,
): string {
  const words = [name, ...Object.values(sources).flat()].join(' ')
  return renderReport({ title, ...report, footer: footerOf(words, seed) })
}
