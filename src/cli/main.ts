/**
 * The program: finds the command that is meant, runs it, and turns what happens into an exit code.
 *
 *   0 done   1 a fault of the program or the machine   2 a mistake in what was asked   130 stopped by Ctrl-C
 */
import { GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'
import { printableLines } from '../base/printable.ts'
import { type CommandEntry, commands } from './commands.ts'
import { overview } from './overview.ts'
import type { Surroundings } from './streams.ts'

/** Runs the program inside this process: its arguments, its streams, its signals. */
export async function start(table: readonly CommandEntry[] = commands): Promise<void> {
  const { stdout, stderr } = process
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort(new GlasshouseError({ code: 'stopped', what: `stopped by ${name}` }))
    })
  }
  // Whoever reads our output may go away (`| head`); that is no fault, and the work goes on.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  const fail = (error: unknown) => process.exit(tellFailure(error, { stdout, stderr, signal: stop.signal }))
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  process.exitCode = await main(process.argv.slice(2), { stdout, stderr, signal: stop.signal }, table)
}

/** Runs one command line and returns its exit code. */
export async function main(
  words: readonly string[],
  surroundings: Surroundings,
  table: readonly CommandEntry[] = commands,
): Promise<number> {
  try {
    // `help train` is `train --help`.
    const [first, ...rest] = words[0] === 'help' ? [...words.slice(1), '--help'] : words
    const group = table.filter(({ name }) => name.startsWith(`${first} `))
    const [name, ...others] = group.length
      ? [`${first} ${rest[0] ?? ''}`, ...rest.slice(1)]
      : [first, ...rest]
    const entry = table.find(candidate => candidate.name === name)
    if (entry) {
      const [command, { runCommand }] = await Promise.all([entry.load(), import('./run.ts')])
      await runCommand(command, others, surroundings)
    } else if (group.length) {
      const inGroup = group.map(entry => ({ ...entry, name: entry.name.slice(first.length + 1) }))
      overview(`glasshouse ${first}`, inGroup, rest.slice(0, 1), surroundings)
    } else {
      overview('glasshouse', table, name === undefined ? ['--help'] : [name], surroundings)
    }
    return surroundings.signal.aborted ? 130 : 0
  } catch (error) {
    return tellFailure(error, surroundings)
  }
}

/** Prints an error, and returns the exit code for it. */
function tellFailure(thrown: unknown, { stderr, signal }: Surroundings): number {
  if (signal.aborted && (thrown === signal.reason || (thrown as Error)?.name === 'AbortError')) return 130
  const path = (thrown as NodeJS.ErrnoException)?.path
  const error = path === undefined ? thrown : fileError(thrown, path)
  if (error instanceof GlasshouseError) {
    stderr.write(`error: ${printableLines(error.message)}\n`)
  } else {
    const trace = error instanceof Error ? error.stack : String(error)
    stderr.write(`error: this is a fault of glasshouse, not of what you asked.\n${trace}\n`)
  }
  if (signal.aborted) return 130
  return error instanceof GlasshouseError && error.fault === 'user' ? 2 : 1
}
