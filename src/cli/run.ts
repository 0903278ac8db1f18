/**
 * Runs one command, from words to result: reads them, hands the command its context, writes what comes back
 * (index.html, result.json) and prints it.
 */
import { readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { writeInside } from '../base/files.node.ts'
import { withoutPasswords } from '../base/passwords.ts'
import { printableLines } from '../base/printable.ts'
import { version } from '../base/version.node.ts'
import { note } from '../base/work.ts'
import type { CommandContext, CommandDefinition, Outcome } from '../commands/command.ts'
import { summaryText } from '../commands/summary.ts'
import type { CommandResult } from '../runs/result.ts'
import type { ModelWishes } from '../runtime/context.ts'
import { createCommandContext } from './context.ts'
import { type Parsed, parse } from './parse.ts'
import type { ProcessContext } from './streams.ts'

export async function runCommand(
  command: CommandDefinition,
  words: readonly string[],
  process: ProcessContext,
): Promise<void> {
  const { stdout, signal } = process
  const parsed = parse(command, words, stdout.columns)
  if ('help' in parsed) {
    stdout.write(parsed.help)
    return
  }
  const { args, options, common, given } = parsed
  await command.check?.(args, options, given)
  const model = await modelWishes(parsed.model)
  const started = performance.now()
  const context = createCommandContext(
    command.name,
    { ...common, out: common.out ?? command.folderOf?.(options), model },
    given,
    process,
  )
  const resultOf = (outcome: Outcome): CommandResult => ({
    command: command.name,
    version,
    seed: common.seed,
    device: common.device,
    seconds: Math.round(performance.now() - started) / 1000,
    parameters: withoutPasswords({ ...args, ...options, ...parsed.model, ...outcome.parameters }),
    metrics: { ...outcome.metrics },
    files: context.results().files,
  })
  try {
    const outcome = await command.run(context, args, options)
    const keep =
      !command.makesNothing ||
      common.out !== undefined ||
      outcome.draw !== undefined ||
      context.results().files.length > 0
    const folder = keep ? await context.out() : undefined
    const write = async () => {
      const text = resultText(resultOf(outcome))
      if (folder) await writeInside(folder, 'result.json', text)
      return text
    }
    // What was measured is on the disk before anything is drawn of it.
    if (outcome.draw) await write()
    const drawn = await draw(outcome, context)
    const text = await write()
    stdout.write(common.json ? text : `${printableLines(summaryText(outcome))}\n`)
    if (folder) {
      const place = `Results: ${join(folder, drawn.page ? 'index.html' : 'result.json')}`
      if (common.json) note(context, place)
      else stdout.write(`${place}\n`)
    }
    if (signal.aborted && folder) note(context, 'Stopped early; what was finished is kept.')
    if (outcome.failure ?? drawn.failure) throw outcome.failure ?? drawn.failure
    if (!signal.aborted) await outcome.after?.()
  } catch (error) {
    const { folder, files } = context.results()
    const isKept = folder !== undefined && !(await isEmpty(folder))
    // A folder that was made for this and in which nothing was left would only be in the way.
    if (folder !== undefined && !isKept) await rmdir(folder).catch(() => {})
    if (signal.aborted) {
      const kept = [isKept && `in ${folder}`, isKept && files.join(', ')].filter(Boolean).join(': ')
      note(
        context,
        kept ? `Stopped. Kept ${kept}` : 'Stopped. Nothing was finished yet, and nothing is kept.',
      )
    }
    throw error
  }
}

/** A page that cannot be drawn does not take the results with it: its failure comes after them. */
async function draw(
  { report, draw }: Outcome,
  context: Pick<CommandContext, 'write' | 'signal'>,
): Promise<{ page: boolean; failure?: unknown }> {
  try {
    const page = draw ? await draw() : report
    if (page === undefined) return { page: false }
    await context.write('index.html', page)
    return { page: true }
  } catch (error) {
    if (!draw || context.signal.aborted) throw error
    if (error instanceof GlasshouseError) return { page: false, failure: undrawn(error.message, error) }
    return { page: false, failure: undrawn(String(error), error) }
  }
}

const undrawn = (reason: string, cause: unknown): GlasshouseError =>
  new GlasshouseError({
    code: 'not-drawn',
    what: `the results are kept, but their page could not be drawn: ${reason}`,
    fault: 'machine',
    cause,
  })

const isEmpty = async (folder: string): Promise<boolean> =>
  (await readdir(folder).catch(() => [])).length === 0

/** What the words say of a model; the names of its classes are read from their file. */
async function modelWishes({ classes, ...wishes }: Parsed['model']): Promise<ModelWishes> {
  if (classes === undefined) return wishes
  const [{ classNamesIn }, { readText }] = await Promise.all([
    import('../models/description.ts'),
    import('../weights/file.node.ts'),
  ])
  return { ...wishes, classes: classNamesIn(await readText(classes), classes) }
}

/** C1 controls and marks of direction, which JSON leaves as they are and a terminal may obey. */
const controls = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** Typed arrays become lists; what is not a finite number becomes null. */
const resultText = (result: CommandResult) =>
  `${JSON.stringify(
    result,
    (_, value: unknown) => {
      if (typeof value === 'bigint') return Number(value)
      return ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value
    },
    2,
  ).replace(controls, control => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
