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

/** Begins the command line with these commands, with all of the program's unless given; `stop` is Ctrl-C. */
export function begin(
  words: readonly string[],
  table?: readonly CommandEntry[],
): { stop(): void; ended: Promise<Ended> } {
  const printed = { stdout: '', stderr: '' }
  const into = (name: keyof typeof printed) => ({ write: (text: string) => void (printed[name] += text) })
  const controller = new AbortController()
  const streams = { stdout: into('stdout'), stderr: into('stderr'), signal: controller.signal }
  const errors = () => printed.stderr.split('\n').filter(line => line.startsWith('error: '))
  return {
    stop: () => controller.abort(new Error('stopped')),
    ended: main(words, streams, table).then(code => ({ code, ...printed, errors: errors() })),
  }
}

/** Runs the command line to its end. */
export const commandLine =
  (table?: readonly CommandEntry[]) =>
  (...words: string[]): Promise<Ended> =>
    begin(words, table).ended

export const glasshouse = commandLine()

/** Of what `--json` has printed. */
export const metricsOf = ({ stdout }: Ended) => JSON.parse(stdout).metrics
