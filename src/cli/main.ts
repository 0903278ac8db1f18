/**
 * The program: finds the command that is meant, runs it, and turns what happens into an exit code.
 *
 *   0 done   1 a fault of the program or the machine   2 a mistake in what was asked   130 stopped by Ctrl-C
 */
import { describeError, GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'
import { printableLines } from '../base/printable.ts'
import { failToParent, relayToParent } from '../base/relay.node.ts'
import { type CommandEntry, commands } from '../commands/registry.ts'
import { flagOf } from '../options/options.ts'
import { overview } from './overview.ts'
import type { ProcessContext } from './streams.ts'

/** Runs the program inside this process: its arguments, its streams, its signals. */
export async function start(table: readonly CommandEntry[] = commands): Promise<void> {
  const { stdout, stderr } = process
  // From now on a child of another of our processes ends with it.
  relayToParent()
  const stop = new AbortController()
  // A terminal that is closed is a Ctrl-C: what is finished is kept, and a training can go on from where it stood.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort(new GlasshouseError({ code: 'stopped', what: `stopped by ${name}` }))
    })
  }
  // Notes and progress that nobody can read any more are not a reason to end the work.
  stderr.on('error', () => {})
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isNobodyThere(error)) return
    process.exitCode = 1
    stderr.write(`error: ${(fileError(error, 'standard output') as Error).message}\n`)
  })
  const fail = (error: unknown) => process.exit(reportFailure(error, { stdout, stderr, signal: stop.signal }))
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  const code = await main(process.argv.slice(2), { stdout, stderr, signal: stop.signal }, table)
  process.exitCode ||= code
}

/** Whoever reads our output may go away (`| head`), and so may the terminal; that is not a fault. */
const isNobodyThere = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE' || code === 'EIO'

/** Runs one command line and returns its exit code. */
export async function main(
  words: readonly string[],
  context: ProcessContext,
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
      await runCommand(command, others, context)
    } else if (group.length) {
      const inGroup = group.map(entry => ({ ...entry, name: entry.name.slice(first.length + 1) }))
      overview(`glasshouse ${first}`, inGroup, rest.slice(0, 1), context)
    } else {
      overview('glasshouse', table, name === undefined ? ['--help'] : [name], context)
    }
    return context.signal.aborted ? 130 : 0
  } catch (error) {
    return reportFailure(error, context)
  }
}

/** What the command line calls what was asked: options by their flags, inputs in capitals. */
const fieldNamed = ([group, name = '', ...rest]: readonly string[]): string =>
  [
    group === 'options' ? flagOf(name) : group === 'inputs' ? name.toUpperCase() : `${group} ${name}`,
    ...rest,
  ].join(' ')

/** Prints an error, and returns the exit code for it. */
function reportFailure(thrown: unknown, { stderr, signal }: ProcessContext): number {
  if (signal.aborted && (thrown === signal.reason || (thrown as Error)?.name === 'AbortError')) return 130
  const path = thrown instanceof GlasshouseError ? undefined : (thrown as NodeJS.ErrnoException)?.path
  const error = path === undefined ? thrown : fileError(thrown, path)
  failToParent(error)
  if (error instanceof GlasshouseError) {
    stderr.write(`error: ${printableLines(describeError(error, fieldNamed))}\n`)
  } else {
    const trace = error instanceof Error ? error.stack : String(error)
    stderr.write(
      `error: this is a fault of glasshouse, not of what you asked.\n${printableLines(trace ?? '')}\n`,
    )
  }
  if (signal.aborted) return 130
  return error instanceof GlasshouseError && error.fault === 'user' ? 2 : 1
}
