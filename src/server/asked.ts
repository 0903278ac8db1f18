/**
 * What a filled-in form names on the disk. A job may read what the studio may read, and write into the runs folder or a
 * data root; every text of the form that is a path is looked at, whatever field it stands in.
 */
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { writeFileAtomic } from '../base/files.node.ts'
import { version } from '../base/version.node.ts'
import { isObjectiveFile } from '../objectives/file.ts'
import { lineOf } from '../options/words.ts'
import type { CommandResult } from '../runs/result.ts'
import { planSweep, readSpec, type sweepSpec } from '../runs/sweep/plan.ts'
import type { FormInput } from './api.ts'
import type { CheckedAsked } from './asked-schema.ts'
import { inputsOf, optionKeysOf, wordsOfForm } from './forms.ts'
import type { Studio } from './studio.ts'

export interface Readied {
  asked: CheckedAsked
  /** for the command line, without the program's name and without --out */
  words: string[]
  line: string
}

/**
 * Checks a filled-in form: the paths first, then everything as the command line does.
 * @param specFile where the specification of a sweep goes that was filled in on the page; none is written without it
 */
export async function readied(studio: Studio, asked: CheckedAsked, specFile?: string): Promise<Readied> {
  const inputs = await inputsOf(asked.command)
  const named: Record<string, string | string[]> = {}
  for (const [key, value] of Object.entries(asked.inputs)) {
    const input = inputs.find(({ name }) => name === key)
    if (typeof value === 'string' || Array.isArray(value)) {
      named[key] = value
      for (const text of [value].flat()) await checkInput(studio, text, input, ['inputs', key])
    } else named[key] = await specOf(studio, value, specFile, ['inputs', key])
  }
  for (const [key, value] of Object.entries(asked.options))
    for (const text of textsIn(value)) await checkText(studio, text, ['options', key])
  const words = await wordsOfForm({ ...asked, inputs: named })
  return { asked, words, line: lineFor(words, studio.folders.base) }
}

/** The command line that makes a result again; undefined where this version cannot say it. */
export async function lineOfResult(
  { command, parameters, seed, version: madeBy }: CommandResult,
  base: string,
): Promise<string | undefined> {
  try {
    const names = (await inputsOf(command)).map(({ name }) => name)
    const known = await optionKeysOf(command)
    // What became known only while it ran stands among them, such as the folder of a training; an option that is not
    // known may as well be one of another version.
    const entries = Object.entries(parameters).filter(
      ([key]) => madeBy !== version || names.includes(key) || known.includes(key),
    )
    const inputs = Object.fromEntries(
      entries.flatMap(([key, value]) => {
        const texts = [value ?? []].flat().filter(one => typeof one === 'string')
        return names.includes(key) ? [[key, texts]] : []
      }),
    )
    const options = Object.fromEntries(
      entries.filter(([key]) => !names.includes(key) && key !== 'studio' && key !== 'strict'),
    )
    return lineFor(await wordsOfForm({ command, inputs, options: { ...options, seed } }), base)
  } catch {
    // Its options are those of another version, or its command is not one of ours.
    return undefined
  }
}

/** The words as a person types them in the studio's folder. */
const lineFor = (words: readonly string[], base: string): string =>
  `glasshouse ${lineOf(words.map(word => word.replace(new RegExp(`(?<=^|:)${escaped(base)}/(?=.)`), '')))}`

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

async function checkInput(
  studio: Studio,
  text: string,
  input: FormInput | undefined,
  path: string[],
): Promise<void> {
  const { folders, indexes } = studio
  if (text === '' || input?.kind === 'choice') return
  if (input?.kind === 'output') return checkOutput(studio, text, path)
  await checkText(studio, text, path)
  if (input?.kind === 'sweep') await checkSpec(studio, await folders.allowed(text), path)
  if (input?.kind !== 'data' && input?.kind !== 'sample') return
  // A single image among samples is a path like others.
  const place = await at(path, folders.allowed(text))
  if (input.kind === 'data' || (await stat(place)).isDirectory()) await at(path, indexes.open(text))
}

/** What a command is to write must not be there yet. */
async function checkOutput({ folders }: Studio, text: string, path: string[]): Promise<void> {
  const place = resolve(folders.base, text)
  if (!(await folders.wouldAllow(place))) throw outside(text, path)
  if ((await stat(place).catch(() => undefined)) === undefined) return
  throw new GlasshouseError({
    code: 'file-eexist',
    what: 'something of that name is there already',
    where: text,
    path,
    hint: 'Choose another name',
  })
}

/**
 * Refuses a text that is, or holds, a path to something outside. A model may be `run@7`, `NET:WEIGHTS`; vectors may be
 * `run@7:test`. What exists nowhere is left to the command, which knows whether it is a name or a mistake.
 */
export async function checkText({ folders }: Studio, text: string, path: string[]): Promise<void> {
  const parts = [text, text.replace(/@\d+(:\w+)?$/, ''), text.slice(text.indexOf(':') + 1)]
  for (const part of new Set(parts.flatMap(part => [part, ...part.split(',')]))) {
    if (part === '') continue
    const place = resolve(folders.base, part)
    const isPlace = isAbsolute(part) || /(^|[\\/])\.\.([\\/]|$)/.test(part)
    const exists = part.includes('\0') || (await stat(place).catch(() => undefined)) !== undefined
    if ((isPlace || exists) && !(await folders.wouldAllow(place))) throw outside(text, path)
  }
}

const outside = (where: string, path: string[]): GlasshouseError =>
  new GlasshouseError({
    code: 'outside-folders',
    what: 'this is not in the runs folder or a data folder of the studio',
    where: where.slice(0, 200),
    path,
    hint: 'Start the studio with --data DIR to use what is there',
  })

/** All texts in a value, those of lists and objects too. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object' || depth > 8) return []
  return Object.values(value).flatMap(part => textsIn(part, depth + 1))
}

async function checkSpec(studio: Studio, file: string, path: string[]): Promise<void> {
  const { size } = await stat(file)
  if (size > 2 ** 20)
    throw new GlasshouseError({ code: 'file-too-large', what: 'this is too large for a sweep', path })
  await at(path, checkSweep(studio, readSpec(await readFile(file, 'utf8'), file), join(file, '..'), path))
}

async function checkSweep(
  studio: Studio,
  spec: z.output<typeof sweepSpec>,
  from: string,
  path: string[],
): Promise<string> {
  const data = resolve(from, spec.data)
  await at(path, studio.indexes.open(data))
  const texts = [...textsIn(spec.train), ...textsIn(spec.grid)]
  for (const text of texts) await checkText(studio, text, path)
  // An objective of the user's own is a program: it runs in the job, never in the server.
  if (!texts.some(isObjectiveFile))
    await at(
      path,
      Promise.resolve().then(() => planSweep(spec, 'the sweep')),
    )
  return data
}

/** Writes the specification that a page has filled in, with the data by its whole path. */
async function specOf(
  studio: Studio,
  spec: z.output<typeof sweepSpec>,
  file: string | undefined,
  path: string[],
): Promise<string> {
  const data = await checkSweep(studio, spec, studio.folders.base, path)
  if (file === undefined) return 'spec.json'
  await writeFileAtomic(file, `${JSON.stringify({ ...spec, data }, null, 2)}\n`)
  return relative(studio.folders.base, file).startsWith('..') ? file : relative(studio.folders.base, file)
}

/** The same error, as one about a field of the form. */
async function at<T>(path: string[], work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof GlasshouseError ? error.with({ path }) : error
  }
}
