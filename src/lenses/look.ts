/** Looks through a lens: from opened inputs to metrics, a page and files. The same in Node, on a server and in a tab. */
import { requireEffect } from '../options/needs.ts'
import { checkOptions } from '../options/options.ts'
import { type Artefact, artefactsOf, type Encoders } from './artefacts.ts'
import { statesOf } from './inputs.ts'
import type { Canvas, Drawing, InputValues, LensContext, LensDefinition } from './lens.ts'

export interface Look {
  metrics: Readonly<Record<string, unknown>>
  /** the page, without its footer */
  report: Drawing['report']
  /** made one after another, as they are asked for */
  artefacts: AsyncIterable<Artefact>
}

/**
 * Checks the options of a lens and fills in defaults; one that would have no effect is refused.
 * @param inputs once they are opened; what an option needs of them is left open before
 */
export function checkUsedOptions(
  lens: Pick<LensDefinition, 'options' | 'inputs'>,
  options: Readonly<Record<string, unknown>>,
  inputs?: InputValues,
): Record<string, unknown> {
  const checked = checkOptions(lens.options, options)
  const given = Object.keys(options).filter(key => options[key] !== undefined)
  requireEffect(lens.options, given, checked, inputs && statesOf(lens.inputs, inputs))
  return checked
}

/** @param options of the lens, before they are checked */
export async function lookThrough(
  lens: LensDefinition,
  context: LensContext,
  inputs: InputValues,
  options: Readonly<Record<string, unknown>>,
  { canvas, encoders }: { canvas: Canvas; encoders: Encoders },
): Promise<Look> {
  const checked = checkUsedOptions(lens, options, inputs)
  const { run, metrics } = await lens.run()
  const result = await run(context, inputs, checked)
  const { draw } = await lens.draw()
  const drawing = await draw(result, canvas, inputs)
  return { metrics: metrics(result), report: drawing.report, artefacts: artefactsOf(drawing, encoders) }
}
