/** The command line inside the process of the test: the words that a user types, and what comes back. */

import { main } from '../src/cli/main.ts'
import type { CommandEntry } from '../src/commands/registry.ts'

export interface Ended {
  code: number
  stdout: string
  stderr: string
  /** the lines of standard error that name a failure */
  errors: string[]
}

/** Runs the command line with these commands; with all of the program's unless given. */
export const commandLine =
  (table?: readonly CommandEntry[]) =>
  async (...words: string[]): Promise<Ended> => {
    const printed = { stdout: '', stderr: '' }
    const into = (name: keyof typeof printed) => ({ write: (text: string) => void (printed[name] += text) })
    const { signal } = new AbortController()
    const code = await main(words, { stdout: into('stdout'), stderr: into('stderr'), signal }, table)
    return { code, ...printed, errors: printed.stderr.split('\n').filter(line => line.startsWith('error: ')) }
  }

export const glasshouse = commandLine()
