/** Where a command's results lie: the folder that was asked for, or a fresh one under runs/. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError, makeFolder } from '../base/files.node.ts'

/**
 * Makes `runs/<command>-<n>` with the next free number. Making the folder is what claims the number, so two
 * processes that start at the same moment never share one.
 */
export async function freshFolder(command: string, parent = 'runs'): Promise<string> {
  await makeFolder(parent)
  const stem = command.replaceAll(' ', '-')
  const taken = (await readdir(parent)).map(name => numberOf(name, stem))
  const highest = taken.reduce((most, number) => Math.max(most, number), 0)
  for (let number = highest + 1; ; number++) {
    const folder = join(parent, `${stem}-${number}`)
    try {
      await mkdir(folder)
      return folder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError(error, folder)
    }
  }
}

/**
 * The number of a folder that was named here; 0 for any other. Somebody can have made `train-99999999999999999999`:
 * counting on from there would never come to a new number.
 */
function numberOf(name: string, stem: string): number {
  const [, digits] = /^-(\d{1,9})$/.exec(name.startsWith(stem) ? name.slice(stem.length) : '') ?? []
  return Number(digits ?? 0)
}
