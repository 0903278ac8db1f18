/** Where a command's results lie: the folder that was asked for, or a fresh one under runs/. */

import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { largest } from '../base/extremes.ts'
import { fileError, makeFolder } from '../base/files.node.ts'

/**
 * Makes `runs/<command>-<n>` with the next free number. Making the folder is what claims the number, so two
 * processes that start at the same moment never share one.
 */
export async function freshFolder(command: string, parent = 'runs'): Promise<string> {
  await makeFolder(parent)
  const stem = command.replaceAll(' ', '-')
  const taken = (await readdir(parent))
    .filter(name => name.startsWith(`${stem}-`))
    .map(name => Number(name.slice(stem.length + 1)))
    .filter(Number.isInteger)
  for (let number = largest(taken, 0) + 1; ; number++) {
    const folder = join(parent, `${stem}-${number}`)
    try {
      await mkdir(folder)
      return folder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError(error, folder)
    }
  }
}
