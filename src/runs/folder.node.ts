/** Reading and writing a run's description. The log and the checkpoints beside it have files of their own here. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, writeInside } from '../base/files.node.ts'
import type { RunRecord } from './record.ts'
import { checkRecord } from './record-schema.ts'

const recordName = 'run.json'

export const recordFile = (folder: string): string => join(folder, recordName)

export const isRunFolder = (path: string): boolean => existsSync(recordFile(path))

/** Refuses a folder that holds no run. */
export function requireRunFolder(folder: string): void {
  if (isRunFolder(folder)) return
  throw new GlasshouseError({
    code: 'no-run',
    what: 'there is no run here',
    where: folder,
    hint: 'Name the folder that train has made; it holds run.json',
  })
}

export async function readRecord(folder: string): Promise<RunRecord> {
  const path = recordFile(folder)
  const text = await readFile(path, 'utf8').catch(error => {
    throw fileError(error, path)
  })
  const checked = checkRecord(parsed(text, path))
  if ('record' in checked) return checked.record
  throw badRecord(path, checked.fault)
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRecord(path, (error as Error).message)
  }
}

const badRecord = (where: string, fault: string): GlasshouseError =>
  new GlasshouseError({
    code: 'bad-run',
    what: `this is not a run's description: ${fault}`,
    where,
    hint: 'Name a folder that train has written, or restore the file',
  })

export const writeRecord = (folder: string, record: RunRecord): Promise<void> =>
  writeInside(folder, recordName, `${JSON.stringify(record, null, 2)}\n`)
