/**
 * Reading and writing a run's folder. Whole files are replaced atomically; the log is appended to, and cut back
 * to the last checkpoint when a run resumes, because what came after it is done again.
 */
import { appendFileSync, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, writeFileAtomic } from '../base/files.node.ts'
import type { Tensor } from '../graph/tensor.ts'
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.ts'
import { type LogLine, lastCheckpoint, type RunRecord } from './record.ts'

export const recordFile = (folder: string): string => join(folder, 'run.json')
export const logFile = (folder: string): string => join(folder, 'log.ndjson')

export const isRunFolder = (path: string): boolean => existsSync(recordFile(path))

export async function readRecord(folder: string): Promise<RunRecord> {
  const path = recordFile(folder)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw fileError(error, path)
  }
  try {
    const record = JSON.parse(text) as RunRecord
    if (record.format !== 1 || typeof record.net !== 'string')
      throw new SyntaxError('it does not describe a run')
    return record
  } catch (error) {
    throw new GlasshouseError({
      code: 'bad-run',
      what: `this is not a run's description: ${(error as Error).message}`,
      where: path,
      hint: 'Name a folder that train has written',
    })
  }
}

export const writeRecord = (folder: string, record: RunRecord): Promise<void> =>
  writeFileAtomic(recordFile(folder), `${JSON.stringify(record, null, 2)}\n`)

export function appendLog(folder: string, line: LogLine): void {
  const path = logFile(folder)
  try {
    appendFileSync(path, `${JSON.stringify(line)}\n`)
  } catch (error) {
    throw fileError(error, path)
  }
}

/** All whole lines of the log; a line that a crash cut short is left out. */
export async function readLog(folder: string): Promise<LogLine[]> {
  const path = logFile(folder)
  if (!existsSync(path)) return []
  const lines = (await readFile(path, 'utf8')).split('\n')
  return lines.slice(0, -1).map(line => JSON.parse(line) as LogLine)
}

/** Drops what the log says about steps at or after `step`, and about epochs after `epoch`. */
export async function cutLog(folder: string, epoch: number, step: number): Promise<void> {
  const kept = (await readLog(folder)).filter(line =>
    line.kind === 'step' ? line.step < step : line.epoch <= epoch,
  )
  await writeFileAtomic(logFile(folder), kept.map(line => `${JSON.stringify(line)}\n`).join(''))
}

/** Where a run stands: what it needs, besides the tensors, to go on as if nothing had happened. */
export interface Position {
  /** epochs finished */
  epoch: number
  /** steps finished in the epoch under way */
  stepInEpoch: number
  /** sum of the losses of those steps */
  lossSum: number
}

export async function writeCheckpoint(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  position: Position,
): Promise<void> {
  const metadata = {
    epoch: String(position.epoch),
    stepInEpoch: String(position.stepInEpoch),
    lossSum: String(position.lossSum),
  }
  await writeFileAtomic(join(folder, lastCheckpoint), encodeSafetensors(tensors, metadata))
}

/** The last checkpoint; undefined where the run was stopped before its first. */
export async function readCheckpoint(
  folder: string,
): Promise<{ tensors: Map<string, Tensor>; position: Position } | undefined> {
  const path = join(folder, lastCheckpoint)
  if (!existsSync(path)) return undefined
  const { tensors, metadata } = decodeSafetensors(await readFile(path), path)
  const number = (key: string): number => {
    const value = Number(metadata[key])
    if (metadata[key] === undefined || !Number.isFinite(value)) {
      throw new GlasshouseError({
        code: 'bad-checkpoint',
        what: `the checkpoint does not say its ${key}`,
        where: path,
        hint: 'Resume only works from a checkpoint that train has written',
      })
    }
    return value
  }
  return {
    tensors,
    position: { epoch: number('epoch'), stepInEpoch: number('stepInEpoch'), lossSum: number('lossSum') },
  }
}
