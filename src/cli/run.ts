/**
 * Runs one command, from words to result: reads them, hands the command its context, writes what comes back
 * (index.html, result.json) and prints it.
 */
import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/files.node.ts'
import { version } from '../base/version.node.ts'
import type { CommandDefinition } from './command.ts'
import { createCommandContext } from './context.ts'
import { parse } from './parse.ts'
import type { Surroundings } from './streams.ts'
import { summaryText } from './summary.ts'

/** The object that result.json holds and --json prints. */
export interface Result {
  command: string
  version: string
  seed: number
  device: string
  seconds: number
  parameters: Record<string, unknown>
  metrics: Record<string, unknown>
  /** relative to the folder of result.json where they are inside it */
  files: string[]
}

export async function runCommand(
  command: CommandDefinition,
  words: readonly string[],
  { stdout, stderr, signal }: Surroundings,
): Promise<void> {
  const parsed = parse(command, words, stdout.columns)
  if ('help' in parsed) {
    stdout.write(parsed.help)
    return
  }
  const { args, options, common } = parsed
  const started = performance.now()
  const context = createCommandContext(
    command.name,
    { ...common, out: common.out ?? command.folderOf?.(options) },
    stderr,
    signal,
  )
  try {
    const outcome = await command.run(context, args, options)
    if (outcome.report !== undefined) await context.write('index.html', outcome.report)
    const keep = !command.makesNothing || common.out !== undefined || context.results().files.length > 0
    const folder = keep ? await context.out() : undefined
    const result: Result = {
      command: command.name,
      version,
      seed: common.seed,
      device: common.device,
      seconds: Math.round(performance.now() - started) / 1000,
      parameters: { ...args, ...options, ...outcome.parameters },
      metrics: { ...outcome.metrics },
      files: context.results().files,
    }
    const text = resultText(result)
    if (folder) await writeFileAtomic(join(folder, 'result.json'), text)
    stdout.write(common.json ? text : `${summaryText(outcome)}\n`)
    if (folder) {
      const place = `Results: ${join(folder, outcome.report === undefined ? 'result.json' : 'index.html')}`
      if (common.json) context.note(place)
      else stdout.write(`${place}\n`)
    }
    if (signal.aborted) context.note('Stopped early; what was finished is kept.')
  } catch (error) {
    const { folder, files } = context.results()
    if (signal.aborted) {
      const kept = [folder && `in ${folder}`, files.join(', ')].filter(Boolean).join(': ')
      context.note(kept ? `Stopped. Kept ${kept}` : 'Stopped. Nothing was finished yet.')
    }
    // A fresh folder in which nothing was left would only be in the way; one with files is not removed by this.
    if (folder && common.out === undefined) await rmdir(folder).catch(() => {})
    throw error
  }
}

/** Typed arrays become lists; what is no finite number becomes null. */
const resultText = (result: Result) =>
  `${JSON.stringify(
    result,
    (_, value: unknown) => {
      if (typeof value === 'bigint') return Number(value)
      return ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value
    },
    2,
  )}\n`
