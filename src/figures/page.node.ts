/** The page of a command: its drawings are written beside it, and what made it stands at its foot. */
import { version } from '../base/version.node.ts'
import type { OutputContext } from '../runtime/context.ts'
import { svgToPng } from './files.node.ts'
import { type DrawnPage, renderReport } from './report.ts'

/** @param words the command and its arguments */
export const footerOf = (words: string, seed: number): string =>
  `glasshouse ${version}  ${words}  seed ${seed}`

/** Writes drawings as SVG and as PNG. */
export async function writeDrawings(
  context: OutputContext,
  drawings: Readonly<Record<string, string>>,
  prefix = '',
): Promise<void> {
  for (const [name, svg] of Object.entries(drawings)) {
    await context.write(`${prefix}${name}.svg`, svg)
    await context.write(`${prefix}${name}.png`, await svgToPng(svg))
  }
}

/** Writes the drawings, whose names begin with `prefix`, and returns the page as HTML. */
export async function pageOf(
  context: OutputContext,
  words: string,
  { report, drawings }: DrawnPage,
  { seed = context.seed, prefix }: { seed?: number; prefix?: string } = {},
): Promise<string> {
  await writeDrawings(context, drawings, prefix)
  return renderReport({ ...report, footer: footerOf(words, seed) })
}
