/** All that is known of one run: its record and log, what lies in its folder, and what other commands found in it. */
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { readRegular } from '../base/files.node.ts'
import { isRunFolder, readRecord } from '../runs/folder.node.ts'
import { listRun, readEpochLines } from '../runs/list.node.ts'
import type { ListedRun } from '../runs/list-page.ts'
import { readPredictions } from '../runs/predictions.node.ts'
import { choiceOf, type RunRecord } from '../runs/record.ts'
import type { CommandResult } from '../runs/result.ts'
import type { Confusion, EpochFile, LensResult, RunDetail, RunFile } from './api.ts'
import { lineOfResult } from './asked.ts'
import type { Folders } from './folders.ts'
import { mediaType } from './media-types.ts'
import { addressOf } from './routes/files.ts'
import type { Studio } from './studio.ts'

/** Milliseconds that the page of a run waits for the list of all. */
const patience = 300

export async function runDetail({ folders, catalogue, queue }: Studio, run: string): Promise<RunDetail> {
  const place = await runPlace(folders, run)
  const [listed, all, record, result, epochs, files] = await Promise.all([
    listRun(place, run),
    // Lenses of a run are in the list; while it is read for the first time, those that are known.
    catalogue.soon(patience).then(({ runs }) => runs),
    isRunFolder(place) ? readRecord(place).catch(() => undefined) : undefined,
    readResult(place),
    readEpochLines(place),
    filesOf(place, run),
  ])
  const named = (pattern: RegExp) => files.flatMap(({ name }) => pattern.exec(name) ?? [])
  return {
    listed,
    ...(record && { record, choice: choiceOf(record), data: await dataOf(record, folders) }),
    ...(result && { result, ...withLine(await lineOfResult(result, folders.base)) }),
    epochs,
    checkpoints: named(/(?<=^checkpoints\/epoch-)\d+(?=\.safetensors$)/).map(Number),
    embeddings: epochFiles(files, 'embeddings'),
    triplets: epochFiles(files, 'triplets'),
    ...(record && (await confusionOf(place))),
    lenses: await lensesOf(folders, place, all),
    files,
    ...withJob(queue.jobOf(run)),
  }
}

const withLine = (line: string | undefined) => (line === undefined ? {} : { line })
const withJob = (job: string | undefined) => (job === undefined ? {} : { job })

/** The folder of a run. @throws GlasshouseError 'no-run' where nothing was made there */
export async function runPlace(folders: Folders, run: string): Promise<string> {
  const place = await folders.ofRun(run)
  if (isRunFolder(place) || existsSync(join(place, 'result.json'))) return place
  throw new GlasshouseError({
    code: 'no-run',
    what: 'there is no run of this name',
    where: run,
    path: ['run'],
  })
}

const resultSchema = z.looseObject({
  command: z.string(),
  version: z.string(),
  seed: z.number(),
  device: z.string(),
  seconds: z.number(),
  parameters: z.record(z.string(), z.unknown()),
  metrics: z.record(z.string(), z.unknown()),
  files: z.array(z.string()),
})

/** What somebody copied there and is larger than any result was not written by a command. */
const largestResult = 64 * 2 ** 20

export async function readResult(place: string): Promise<CommandResult | undefined> {
  const path = join(place, 'result.json')
  if (!existsSync(path)) return undefined
  try {
    return resultSchema.parse(JSON.parse((await readRegular(path, largestResult)).toString('utf8')))
  } catch {
    return undefined
  }
}

async function dataOf({ data: { path } }: RunRecord, folders: Folders): Promise<RunDetail['data']> {
  try {
    await folders.allowed(path)
    return { path, readable: true }
  } catch (error) {
    if (!(error instanceof GlasshouseError)) throw error
    return { path, readable: false, reason: error.message }
  }
}

/** Deeper, and more, is nothing that a command leaves. */
const [deepest, mostFiles] = [3, 5000]

async function filesOf(place: string, run: string): Promise<RunFile[]> {
  const found: RunFile[] = []
  const waiting = [{ folder: place, depth: 0 }]
  for (let next = waiting.shift(); next && found.length < mostFiles; next = waiting.shift()) {
    const { folder, depth } = next
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name)
      if (entry.name.startsWith('.') || entry.name.endsWith('.tmp')) continue
      // A run inside, as in the folder of a sweep, has a detail of its own.
      if (entry.isDirectory() && depth < deepest && !isRunFolder(path))
        waiting.push({ folder: path, depth: depth + 1 })
      if (!entry.isFile()) continue
      const size = await stat(path).catch(() => undefined)
      const name = relative(place, path).split(sep).join('/')
      if (size) found.push({ name, bytes: size.size, type: mediaType(name), url: addressOf(run, name) })
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function epochFiles(files: readonly RunFile[], folder: string): EpochFile[] {
  return files.flatMap(({ name }) => {
    const [, split, epoch] = new RegExp(`^${folder}/(train|val|test)-(\\d+)\\.arrow$`).exec(name) ?? []
    return split === 'train' || split === 'val' || split === 'test' ? [{ split, epoch: Number(epoch) }] : []
  })
}

async function confusionOf(place: string): Promise<{ confusion?: Confusion }> {
  const found = await readPredictions(place).catch(() => undefined)
  if (!found) return {}
  const { classes, split, items } = found
  const counts = new Map<string, Confusion['cells'][number]>()
  for (const { truth, predicted } of items) {
    const key = `${truth} ${predicted}`
    const cell = counts.get(key) ?? { truth, predicted, count: 0 }
    cell.count++
    counts.set(key, cell)
  }
  return { confusion: { classes, split, cells: [...counts.values()] } }
}

/** Results of other commands that name this run as a model, a run or vectors. */
async function lensesOf(
  { base, runs }: Folders,
  place: string,
  all: readonly ListedRun[],
): Promise<LensResult[]> {
  const looking = all.flatMap(({ name, command, sources = [], changed }) => {
    const source = sources.find(source => isOf(base, place, source))
    return source === undefined ? [] : [{ run: name, command, changed, source }]
  })
  return Promise.all(
    looking.map(async ({ source, ...lens }) => {
      const folder = join(runs, lens.run)
      const [, epoch] = /@(\d+)(?::\w+)?$/.exec(source) ?? []
      const image = (await readResult(folder))?.files.find(name => /^[^/\\]+\.png$/i.test(name))
      return {
        ...lens,
        ...(epoch !== undefined && { epoch: Number(epoch) }),
        ...(existsSync(join(folder, 'index.html')) && { page: addressOf(lens.run, 'index.html') }),
        ...(image !== undefined && { thumb: addressOf(lens.run, image) }),
      }
    }),
  )
}

/** Whether what a command line named is the run: `run`, `run@7` or `run@7:test`. */
const isOf = (base: string, place: string, source: string): boolean =>
  resolve(base, source.replace(/@\d+(:\w+)?$/, '')) === place
