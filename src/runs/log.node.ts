/**
 * The log of a run, log.ndjson: a line for every step and every epoch. It is appended to while the run trains, and cut
 * back to the last checkpoint when the run resumes, because what came after it is done again.
 */
import { closeSync, existsSync, fstatSync, openSync, statSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, writeInside } from '../base/files.node.ts'
import type { LogLine, StepLine } from './record.ts'
import { checkLogLine } from './record-schema.ts'

const logName = 'log.ndjson'

export const logFile = (folder: string): string => join(folder, logName)

/** What a log holds up to the first line that cannot be read, and what is wrong with that one. */
interface LogText {
  lines: LogLine[]
  /** line counted from 1 */
  damage?: { line: number; fault: string }
}

/** Reads line by line. A last line without an end is one that a crash cut short, and is left out. */
export function parseLog(text: string): LogText {
  const lines: LogLine[] = []
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const fault = parseInto(lines, line)
    if (fault !== undefined) return { lines, damage: { line: index + 1, fault } }
  }
  return { lines }
}

function parseInto(lines: LogLine[], text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return (error as Error).message
  }
  const checked = checkLogLine(value)
  if ('fault' in checked) return checked.fault
  lines.push(checked.line)
  return undefined
}

async function readLogText(folder: string): Promise<LogText> {
  const path = logFile(folder)
  if (!existsSync(path)) return { lines: [] }
  const text = await readFile(path, 'utf8').catch(error => {
    throw fileError(error, path)
  })
  return parseLog(text)
}

/** All whole lines of the log. */
export async function readLog(folder: string): Promise<LogLine[]> {
  const { lines, damage } = await readLogText(folder)
  if (damage) throw badLog(folder, damage)
  return lines
}

const badLog = (folder: string, { line, fault }: NonNullable<LogText['damage']>): GlasshouseError =>
  new GlasshouseError({
    code: 'bad-log',
    what: `this line is not one that train has written: ${fault}`,
    where: `${logFile(folder)}, line ${line}`,
    hint: 'Restore the file, or remove it and lose the curves of the run',
  })

/**
 * Drops what the log says about steps at or after `step`, and about epochs after `epoch`, and returns what stays.
 * Damage there does no harm: those lines are written again.
 */
export async function cutLog(folder: string, epoch: number, step: number): Promise<LogLine[]> {
  const { lines, damage } = await readLogText(folder)
  const kept = lines.filter(line => (line.kind === 'step' ? line.step < step : line.epoch <= epoch))
  const steps = kept.filter(({ kind }) => kind === 'step').length
  if (damage && (steps < step || kept.length - steps < epoch + 1)) throw badLog(folder, damage)
  await writeInside(folder, logName, kept.map(line => `${JSON.stringify(line)}\n`).join(''))
  return kept
}

/** Steps that the log lacks before `step`: somebody removed the log, or a part of it. */
export const missingSteps = (lines: readonly LogLine[], step: number): number =>
  step - new Set(lines.flatMap(line => (line.kind === 'step' ? [line.step] : []))).size

/** The statistics of a step, without what every step has. */
export function statisticsOf({
  kind,
  epoch,
  step,
  loss,
  rate,
  ...statistics
}: StepLine): Record<string, number> {
  const numbers = Object.entries(statistics).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1]),
  )
  return Object.fromEntries(numbers)
}

export interface LogWriter {
  append(line: LogLine): void
  close(): void
}

/** Appends to the log, and notices when somebody takes it away. */
export function openLog(folder: string): LogWriter {
  const path = logFile(folder)
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw fileError(error, path)
    }
  }
  const file = guarded(() => openSync(path, 'a'))
  const { ino } = fstatSync(file)
  return {
    append: line =>
      guarded(() => {
        if (statSync(path, { throwIfNoEntry: false })?.ino !== ino) throw logGone(path)
        writeSync(file, `${JSON.stringify(line)}\n`)
      }),
    close: () => closeSync(file),
  }
}

const logGone = (where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'run-disturbed',
    what: 'the log of the run was removed or replaced while it was training',
    where,
    fault: 'machine',
    hint: 'Resume the run to go on from its last checkpoint; the curves will lack what was removed',
  })
