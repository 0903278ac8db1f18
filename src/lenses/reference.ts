/** The page of a lens in the reference, as Markdown, from its definition alone; and the tables that all pages share. */
import type { z } from 'zod'
import type { Need } from '../options/met.ts'
import { needsOf, needWords } from '../options/needs.ts'
import { type OptionField, optionFields } from '../options/options.ts'
import { type Input, optionsOfInputs } from './inputs.ts'
import type { LensDefinition } from './lens.ts'

/** @param others tables of options that belong to more than this lens, such as those of models */
export function describeLens(lens: LensDefinition, others = ''): string {
  const { title, description, about, name, examples = [] } = lens
  const inputs = Object.entries(lens.inputs)
  const usages = inputs.map(([name, input]) => usageOf(name, input))
  return [
    `# ${title}`,
    sentence(description),
    about,
    `\`\`\`\nglasshouse ${[name, ...usages].join(' ')} [options]\n\`\`\``,
    table(
      ['input', 'kind', 'meaning'],
      inputs.map(([, { kind, description }], index) => [`\`${usages[index]}\``, kind, description]),
    ),
    optionTable(lens.options.safeExtend(optionsOfInputs(lens.inputs).shape)),
    others,
    ...examples.map(({ line, does }) => `${sentence(does)}\n\`\`\`\nglasshouse ${line}\n\`\`\``),
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n')
}

/** How an input is written in a usage line: `MODEL`, `IMAGE...`, `IMAGE IMAGE`, `[OTHER]`. */
function usageOf(name: string, { word = name, atLeast, atMost }: Input): string {
  const one = word.toUpperCase()
  const words = Array(Math.max(1, atLeast)).fill(one)
  const usage = `${words.join(' ')}${atMost > words.length ? '...' : ''}`
  return atLeast === 0 ? `[${usage}]` : usage
}

export const optionTable = (options: z.ZodObject): string =>
  table(['option', 'takes', 'default', 'meaning'], optionRows(options))

function optionRows(options: z.ZodObject): string[][] {
  const needs = needsOf(options)
  return optionFields(options).map(field => optionRow(field, needs.get(field.key)))
}

const optionRow = (field: OptionField, needs: readonly Need[] = []): string[] => {
  const { flag, kind, expected, required, default: preset, description } = field
  return [
    `\`${offBy(field) ? flag.replace('--', '--no-') : flag}\``,
    kind === 'switch' ? '' : expected,
    required ? 'required' : preset === undefined || kind === 'switch' ? '' : `\`${preset}\``,
    (offBy(field) ? 'do not ' : '') + (needs.length ? `${description} (${needWords(needs)})` : description),
  ]
}

/** A switch that is on by default is listed as the flag that turns it off, as in --help. */
const offBy = ({ kind, default: preset }: OptionField) => kind === 'switch' && preset === true

export const sentence = (text: string) =>
  `${text[0].toUpperCase()}${text.slice(1)}${/[.:?]$/.test(text) ? '' : '.'}`

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
