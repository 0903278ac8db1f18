/** The page of a lens in the reference, as Markdown, from its definition alone; and the tables that all pages share. */

import type { z } from 'zod'
import { type OptionField, optionFields } from '../options/options.ts'
import { type LensArgument, type LensDefinition, takesMany } from './lens.ts'

export function describeLens(lens: LensDefinition): string {
  const { title, description, about, name, examples = [] } = lens
  return [
    `# ${title}`,
    sentence(description),
    about,
    `\`\`\`\nglasshouse ${[name, ...lens.arguments.map(usageOf)].join(' ')} [options]\n\`\`\``,
    table(
      ['argument', 'kind', 'meaning'],
      lens.arguments.map(argument => [`\`${usageOf(argument)}\``, argument.kind, argument.description]),
    ),
    optionTable(lens.options),
    ...examples.map(({ line, does }) => `${sentence(does)}\n\`\`\`\nglasshouse ${line}\n\`\`\``),
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n')
}

/** How an argument is written in a usage line: `MODEL`, `IMAGE...`, `[DATA]`. */
function usageOf(argument: LensArgument): string {
  const word = argument.name.toUpperCase() + (takesMany(argument) ? '...' : '')
  return argument.optional ? `[${word}]` : word
}

export const optionTable = (options: z.ZodObject): string =>
  table(['option', 'takes', 'default', 'meaning'], optionFields(options).map(optionRow))

const optionRow = ({ flag, kind, expected, required, default: preset, description }: OptionField) => [
  `\`${kind === 'switch' && preset === true ? flag.replace('--', '--no-') : flag}\``,
  kind === 'switch' ? '' : expected,
  required ? 'required' : preset === undefined || kind === 'switch' ? '' : `\`${preset}\``,
  description,
]

export const sentence = (text: string) =>
  `${text[0].toUpperCase()}${text.slice(1)}${/[.:?]$/.test(text) ? '' : '.'}`

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
