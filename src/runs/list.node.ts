/**
 * All runs in a folder: what was trained or looked at, on what, how good it is, how it stands. A folder with run.json is
 * a training; one with result.json alone is what another command left. Damaged ones are listed, too: a list that leaves
 * them out would hide them.
 */
import { existsSync, type Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { mapConcurrently } from '../base/concurrent.ts'
import { GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'
import type { Work } from '../base/work.ts'
import { isRunFolder, readRecord, recordFile } from './folder.node.ts'
import type { ListedRun } from './list-page.ts'
import { isLocked } from './lock.node.ts'
import { logFile, parseLog } from './log.node.ts'
import type { EpochLine } from './record.ts'

/** Runs that are read at the same time. */
const atOnce = 8

/** Folders in folders are searched this deep: a sweep has its runs two below its own. */
const deepest = 5

/** What an earlier listing found, by folder; an entry holds as long as the files that it was read from stay as they are. */
export type RunMemory = Map<string, { stamp: string; run: ListedRun }>
export const createRunMemory = (): RunMemory => new Map()

/**
 * @param memory of earlier calls, for a caller that lists the same folder again and again
 * @throws GlasshouseError where the folder cannot be read
 */
export async function listRuns(
  folder: string,
  work: Work,
  memory: RunMemory = createRunMemory(),
): Promise<ListedRun[]> {
  const names = await namesIn(folder, work)
  const found = await mapConcurrently(names, atOnce, async name => ({
    name,
    files: await filesOf(join(folder, name)),
  }))
  // What changed last is read first: whoever is shown the list as far as it was read sees its top.
  found.sort((a, b) => changedAt(b.files) - changedAt(a.files))
  const runs = await mapConcurrently(
    found,
    atOnce,
    ({ name, files }) => entryOf(join(folder, name), name, files, memory),
    { work, stage: 'runs' },
  )
  return sortedRuns(runs)
}

/** The latest first. */
export const sortedRuns = (runs: ListedRun[]): ListedRun[] =>
  runs.sort((a, b) => b.changed - a.changed || (a.name < b.name ? -1 : 1))

async function namesIn(folder: string, { signal }: Work): Promise<string[]> {
  const found: string[] = []
  const waiting: { name: string; depth: number }[] = [{ name: '', depth: 0 }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    signal.throwIfAborted()
    const { name, depth } = next
    const place = join(folder, name)
    const isRun = isRunFolder(place)
    // The folder itself may hold the result of a sweep whose runs are asked for.
    if (name !== '' && (isRun || existsSync(join(place, 'result.json')))) found.push(name)
    if (isRun || depth === deepest) continue
    const entries = await readdir(place, { withFileTypes: true }).catch(error => {
      if (name === '') throw fileError(error, place)
      return []
    })
    for (const entry of entries)
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
        waiting.push({ name: name === '' ? entry.name : `${name}/${entry.name}`, depth: depth + 1 })
  }
  return found
}

/** One entry of the list. @param place the folder that is listed as `name` */
export const listRun = async (place: string, name: string): Promise<ListedRun> =>
  entryOf(place, name, await filesOf(place), createRunMemory())

async function entryOf(place: string, name: string, files: RunFiles, memory: RunMemory): Promise<ListedRun> {
  const stamp = stampOf(files)
  const known = memory.get(place)
  const changed = changedAt(files)
  const run =
    known?.stamp === stamp
      ? known.run
      : await (files.record ? trainedRun(place, name, changed) : otherRun(place, name, changed))
  memory.set(place, { stamp, run })
  // Whether somebody is still at work in a folder shows in none of these files: that is looked up each time.
  const isOrphan = run.state === 'running' && !(await isLocked(place))
  return isOrphan ? { ...run, state: 'interrupted' } : run
}

/** The files that an entry of the list is made of, as far as they are there. */
interface RunFiles {
  record?: Stats
  log?: Stats
  result?: Stats
}

async function filesOf(place: string): Promise<RunFiles> {
  const paths = [recordFile(place), logFile(place), join(place, 'result.json')]
  const [record, log, result] = await Promise.all(paths.map(path => stat(path).catch(() => undefined)))
  return { record, log, result }
}

/** Changes with the files. */
const stampOf = ({ record, log, result }: RunFiles): string =>
  [record, log, result].map(file => (file ? `${file.ino} ${file.size} ${file.mtimeMs}` : '')).join(', ')

/** In milliseconds since 1970. */
const changedAt = ({ record, log, result }: RunFiles): number =>
  (record ? (log ?? record) : result)?.mtimeMs ?? 0

/** As its record says: whether it still runs is looked up by the caller. */
async function trainedRun(place: string, name: string, changed: number): Promise<ListedRun> {
  try {
    const record = await readRecord(place)
    const { status, objective, net, data, best, epochs, training } = record
    return {
      name,
      command: 'train',
      net,
      objective,
      data: data.path,
      score: best?.score,
      measure: objective === 'softmax' ? 'accuracy' : 'recall at 1',
      state: status,
      epochs,
      ofEpochs: training.epochs,
      curve: await curveOf(place),
      changed,
    }
  } catch (error) {
    return damaged(name, 'train', changed, error)
  }
}

/** The scores of all epochs, as exactly as they can be drawn. */
async function curveOf(place: string): Promise<number[]> {
  return (await readEpochLines(place)).flatMap(line => {
    const score = line.accuracy ?? line.recall?.['1']
    return score === undefined ? [] : [Math.round(score * 1e4) / 1e4]
  })
}

const epochStart = Buffer.from('{"kind":"epoch"')
const newline = 10

/** The lines of epochs in the log of a run; none where there is no log. Steps are most of it, and are not looked at. */
export async function readEpochLines(place: string): Promise<EpochLine[]> {
  const log = await readFile(logFile(place)).catch(() => Buffer.alloc(0))
  const texts: string[] = []
  for (let at = log.indexOf(epochStart); at >= 0; at = log.indexOf(epochStart, at + 1)) {
    const end = log.indexOf(newline, at)
    if (end >= 0 && (at === 0 || log[at - 1] === newline)) texts.push(log.toString('utf8', at, end + 1))
  }
  return parseLog(texts.join('')).lines.flatMap(line => (line.kind === 'epoch' ? [line] : []))
}

const name = z.string().optional().catch(undefined)
const names = z
  .union([z.string().transform(one => [one]), z.array(z.string())])
  .optional()
  .catch(undefined)

const resultSchema = z.looseObject({
  command: z.string(),
  parameters: z
    .looseObject({ data: name, pictures: name, model: names, models: names, runs: names, vectors: names })
    .optional(),
  metrics: z
    .looseObject({
      accuracy: z.number().optional().catch(undefined),
      recall: z.record(z.string(), z.number()).optional().catch(undefined),
    })
    .optional(),
})

async function otherRun(place: string, name: string, changed: number): Promise<ListedRun> {
  try {
    const path = join(place, 'result.json')
    const text = await readFile(path, 'utf8').catch(error => {
      throw fileError(error, path)
    })
    const { command, parameters, metrics } = resultSchema.parse(JSON.parse(text))
    const [accuracy, recall] = [metrics?.accuracy, metrics?.recall?.['1']]
    const sources = [parameters?.model, parameters?.models, parameters?.runs, parameters?.vectors].flatMap(
      named => named ?? [],
    )
    return {
      name,
      command,
      data: parameters?.data ?? parameters?.pictures,
      ...(sources.length && { sources }),
      score: accuracy ?? recall,
      ...(accuracy !== undefined && { measure: 'accuracy' }),
      ...(accuracy === undefined && recall !== undefined && { measure: 'recall at 1' }),
      state: 'finished',
      curve: [],
      changed,
    }
  } catch (error) {
    return damaged(name, 'unknown', changed, error)
  }
}

const damaged = (name: string, command: string, changed: number, error: unknown): ListedRun => ({
  name,
  command,
  state: 'damaged',
  curve: [],
  changed,
  fault: error instanceof GlasshouseError ? error.message : 'result.json is not what glasshouse writes there',
})
