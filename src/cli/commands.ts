/**
 * The table of all commands: what `glasshouse --help` lists, and where each definition is found. A definition
 * and everything below it is loaded only when its command is called; the table itself costs nothing.
 */
import type { CommandDefinition } from './command.ts'

export interface CommandEntry {
  /** one word, or a group and a word: `train`, `data seedlings` */
  name: string
  summary: string
  /** under which heading --help lists it */
  heading: string
  /** left out of the help */
  hidden?: boolean
  load(): Promise<CommandDefinition>
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'data inspect',
    summary: 'what is there: counts per class and split, sizes, unreadable files, duplicates',
    heading: 'Data:',
    load: async () => (await import('./commands/data-inspect.ts')).dataInspect,
  },
  {
    name: 'train',
    summary: 'train a classifier or an embedding',
    heading: 'Training:',
    load: async () => (await import('./commands/train.ts')).train,
  },
]
