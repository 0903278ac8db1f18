/** The pages of docs/reference: every command, lens, objective and ONNX operator, from the definitions alone. */
import { z } from 'zod'
import { describeLens, optionTable, sentence, table } from '../lenses/reference.ts'
import { lenses } from '../lenses/registry.ts'
import { objectives } from '../objectives/registry.ts'
import type { CommandDefinition } from './command.ts'
import { commonOptions, modelOptionsOf } from './common-options.ts'
import { madeBy, operatorsPage } from './operators-page.ts'
import { type CommandEntry, commands } from './registry.ts'
import { usageOf } from './usage.ts'

/** All pages by file name. */
export async function referencePages(): Promise<Map<string, string>> {
  const listed = commands.filter(({ hidden }) => !hidden)
  const pages = new Map<string, string>([
    ['README.md', index(listed)],
    ['objective-options.md', describeObjectives()],
    ['operators.md', operatorsPage()],
  ])
  for (const entry of listed) {
    const lens = lenses.find(({ name }) => name === entry.name)
    const command = await entry.load()
    const page = lens ? describeLens(await lens.load(), modelTable(command)) : describeCommand(command)
    pages.set(fileOf(entry.name), `${page.trimEnd()}\n\n${madeBy}\n`)
  }
  return pages
}

const fileOf = (name: string) => `${name.replaceAll(' ', '-')}.md`

function index(listed: readonly CommandEntry[]): string {
  const headings = [...new Set(listed.map(({ heading }) => heading))]
  return [
    '# Reference',
    'Every command takes these options:',
    optionTable(commonOptions),
    'The options of objectives are on a [page of their own](objective-options.md), and so are the [ONNX operators](operators.md) that can be imported.',
    ...headings.flatMap(heading => [
      `## ${heading.replace(/:$/, '')}`,
      table(
        ['command', 'does'],
        listed
          .filter(entry => entry.heading === heading)
          .map(({ name, summary }) => [`[\`${name}\`](${fileOf(name)})`, summary]),
      ),
    ]),
    madeBy,
  ]
    .join('\n\n')
    .concat('\n')
}

function describeCommand(command: CommandDefinition): string {
  const { name, summary, description, arguments: words, options, examples = [] } = command
  return [
    `# glasshouse ${name}`,
    sentence(summary),
    description,
    `\`\`\`\n${['glasshouse', name, ...words.map(usageOf), '[options]'].join(' ')}\n\`\`\``,
    table(
      ['argument', 'meaning'],
      words.map(word => [`\`${usageOf(word)}\``, word.description]),
    ),
    optionTable(options),
    modelTable(command),
    ...examples.map(({ line, does }) => `${sentence(does)}\n\`\`\`\nglasshouse ${line}\n\`\`\``),
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** For commands that take a MODEL: how it is read. */
function modelTable(command: CommandDefinition): string {
  const options = optionTable(modelOptionsOf(command))
  return options && `Where the file of a model leaves open how it is read:\n\n${options}`
}

function describeObjectives(): string {
  return [
    '# Objectives',
    'Choose one with `--objective`, and set its options with `--set option=value`. Formulas and sources are in [objectives](../objectives.md).',
    ...[...objectives.values()].flatMap(({ name, kind, summary, options }) => [
      `## ${name}`,
      `${sentence(summary)} ${kind === 'classes' ? 'Trains a classifier.' : 'Trains an embedding.'}`,
      options instanceof z.ZodObject ? optionTable(options).replaceAll('`--', '`') : '',
    ]),
    madeBy,
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n')
}
