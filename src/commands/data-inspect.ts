/** `data inspect DATA`: what is there, before anything is trained on it. */
import { z } from 'zod'
import { printableLines } from '../base/printable.ts'
import { type DataSummary, summarise } from '../data/inspect.ts'
import { openData } from '../data/open-data.node.ts'
import { defineCommand } from './command.ts'
import { table } from './summary.ts'

export const dataInspect = defineCommand({
  name: 'data inspect',
  summary: 'what is there: counts per class and split, sizes, unreadable files, duplicates',
  arguments: [
    { name: 'data', kind: 'data', description: 'folder of class folders, or a list of images (.csv, .tsv)' },
  ],
  options: z.object({
    strict: z.boolean().default(false).describe('an unreadable image is an error'),
  }),
  examples: [{ line: 'data inspect photos/', does: 'Look at a folder with one sub-folder per class' }],
  makesNothing: true,
  async run(context, { data }, { strict }) {
    const dataset = await openData(data, context, { strict, minimumClasses: 1 })
    const metrics = summarise(dataset)
    return { metrics: { ...metrics }, parameters: { root: dataset.root }, summary: inWords(metrics) }
  },
})

function inWords({
  images,
  classes,
  splits,
  perClass,
  width,
  height,
  unreadable,
  duplicates,
  notes,
}: DataSummary): string {
  const named = (['train', 'val', 'test', 'none'] as const).filter(split => splits[split] > 0)
  const rows = perClass.map(({ name, images, ...counts }) => ({
    class: name,
    images,
    ...(named.length > 1 && Object.fromEntries(named.map(split => [split, counts[split]]))),
  }))
  const parts = named.map(split => `${splits[split]} ${split === 'none' ? 'in no split' : split}`)
  return [
    table(rows.slice(0, mostClasses)),
    ...(rows.length > mostClasses ? [`... and ${rows.length - mostClasses} more classes`] : []),
    '',
    `${images} images of ${classes} classes: ${parts.join(', ')}`,
    `width ${width.min} to ${width.max} (median ${width.median}), height ${height.min} to ${height.max} (median ${height.median})`,
    ...firstOf(unreadable, ({ path, reason }) => `unreadable: ${path} (${reason})`),
    ...firstOf(duplicates, ({ paths }) => `same content: ${someOf(paths)}`),
    ...notes.map(text => `note: ${text}`),
  ]
    .map(printableLines)
    .join('\n')
}

/** Rows of the table; `--json` has all classes. */
const mostClasses = 200

function someOf(paths: readonly string[]): string {
  const shown = paths.slice(0, 4).join(' = ')
  return paths.length > 4 ? `${shown} = ${paths.length - 4} more` : shown
}

/** A line for each of the first ten, and how many there are beyond. */
function firstOf<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, 10).map(line)
  return items.length > 10 ? [...lines, `... and ${items.length - 10} more`] : lines
}
