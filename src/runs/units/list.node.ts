/**
 * The list of units on a file system that several machines share, in `units/` of the results folder:
 *
 *   list.jsonl    what is asked for, one unit on a line
 *   tries/NAME    how often a unit was begun and has failed; written by whoever holds it
 *   ended/NAME    how it ended: finished, diverged, or failed, which means set aside
 *   logs/         what the jobs and the units have said
 *
 * All are notes for those who watch. That a unit is done is read from its place, so a note that is lost costs a look.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { fileError, unlessThere, writeFileAtomic } from '../../base/files.node.ts'
import { temporaryName } from '../../base/leftovers.node.ts'
import { unitsIn } from './claim.node.ts'
import { readUnit, titleOf, type Unit } from './unit.ts'

const listIn = (folder: string) => join(unitsIn(folder), 'list.jsonl')
const triesIn = (folder: string) => join(unitsIn(folder), 'tries')
const endedIn = (folder: string) => join(unitsIn(folder), 'ended')
export const logsIn = (folder: string): string => join(unitsIn(folder), 'logs')

const count = z.number().int().min(0)
const triesSchema = z.object({
  /** without those that ended in good order before the unit did, such as at a time limit */
  begun: count,
  failed: count,
  /** why it failed last */
  error: z.string().optional(),
})
const endedSchema = z.object({
  status: z.enum(['finished', 'diverged', 'failed']),
  error: z.string().optional(),
  attempts: count,
})

export type Tries = z.output<typeof triesSchema>
export type NotedEnd = z.output<typeof endedSchema>

export async function writeList(folder: string, units: readonly Unit[]): Promise<void> {
  await writeFileAtomic(listIn(folder), units.map(unit => `${JSON.stringify(unit)}\n`).join(''))
}

/** A reader that reads again only what has changed. Without a list there is nothing to do. */
export function openList(folder: string): () => Promise<Unit[]> {
  let units: Unit[] = []
  let version = ''
  return async () => {
    const path = listIn(folder)
    const found = await stat(path).catch(() => undefined)
    const now = found ? `${found.ino} ${found.mtimeMs} ${found.size}` : ''
    if (now === version) return units
    const text = await readFile(path, 'utf8').catch(() => '')
    units = text.split('\n').flatMap(line => (line === '' ? [] : [readUnit(JSON.parse(line))]))
    version = now
    return units
  }
}

/** The names of the units that have ended. */
export const endedNames = async (folder: string): Promise<Set<string>> =>
  new Set(await readdir(endedIn(folder)).catch(() => []))

export const endNoted = (folder: string, name: string): Promise<NotedEnd | undefined> =>
  readNote(join(endedIn(folder), name), endedSchema)

export const triesNoted = async (folder: string, name: string): Promise<Tries> =>
  (await readNote(join(triesIn(folder), name), triesSchema)) ?? { begun: 0, failed: 0 }

export const noteEnd = (folder: string, name: string, end: NotedEnd): Promise<void> =>
  writeNote(join(endedIn(folder), name), end)

export const noteTries = (folder: string, name: string, tries: Tries): Promise<void> =>
  writeNote(join(triesIn(folder), name), tries)

/** What is asked for again begins from nothing. */
export async function forget(folder: string, unit: Unit): Promise<void> {
  for (const notes of [endedIn(folder), triesIn(folder)])
    await rm(join(notes, titleOf(unit)), { force: true })
}

/** Changes with everything that workers do. */
export async function stampOf(folder: string): Promise<string> {
  const names = await readdir(triesIn(folder)).catch(() => [])
  const times = await Promise.all(
    names.map(async name => (await stat(join(triesIn(folder), name)).catch(() => undefined))?.mtimeMs ?? 0),
  )
  return `${(await endedNames(folder)).size} ${names.length} ${Math.max(0, ...times)}`
}

/**
 * Whole or not at all, but not forced onto the disk: a note that is lost with its machine costs a look. Once the list is
 * gone nobody reads it, and it is not written.
 */
async function writeNote(path: string, note: object): Promise<void> {
  const temporary = temporaryName(path)
  const text = `${JSON.stringify(note)}\n`
  try {
    await writeFile(temporary, text).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      await makeNotes(dirname(path))
      await writeFile(temporary, text)
    })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(error, path)
  }
}

/** Makes a folder beside the list, if the list is still there. */
export async function makeNotes(folder: string): Promise<void> {
  await mkdir(folder).catch(unlessThere)
}

async function readNote<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
