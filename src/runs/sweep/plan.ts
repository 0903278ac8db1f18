/**
 * From a sweep's specification to its runs: the grid multiplied out, every run with a name of its own, checked
 * against the options of `train` before the first one starts.
 */
import { z } from 'zod'
import { meantBy } from '../../base/closest.ts'
import { GlasshouseError } from '../../base/errors.ts'
import { random } from '../../base/random.ts'
import { type ChosenObjective, isObjectiveFile } from '../../objectives/file.ts'
import { objectiveNamed } from '../../objectives/registry.ts'
import { checkOptions } from '../../options/options.ts'
import { wordsOfOptions } from '../../options/words.ts'
import { requireConsistent, requireUsed, usedOptions } from '../train-checks.ts'
import { type TrainOptions, trainOptions } from '../train-options.ts'

const objective = z.union([
  z.string(),
  z.looseObject({ name: z.string() }).describe('an objective with options, { "name": "epshn", "order": 2 }'),
])

export const sweepSpec = z.strictObject({
  data: z
    .string()
    .min(1)
    .max(4096)
    .refine(path => !path.includes('\0'), 'a path cannot contain NUL')
    .describe('folder of images, or a list'),
  train: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('options of train, in camelCase, for all runs'),
  grid: z
    .record(z.string(), z.array(z.unknown()).min(1))
    .describe('options of train and `seed`, each with a list of values'),
  threads: z.number().int().min(1).default(1).describe('threads of each run'),
  parallel: z.number().int().min(1).optional().describe('runs at once; as many as the cores allow'),
})

export type SweepSpec = z.output<typeof sweepSpec>

export interface PlannedRun {
  /** of its folder, made of its values in the grid */
  name: string
  /** its line in the image: what the grid varies besides rate and seed */
  series: string
  seed: number
  /** complete */
  options: TrainOptions
  chosen: ChosenObjective
  /** those that were asked for, by their keys */
  asked: Record<string, unknown>
  /** the same as words for `train` */
  words: string[]
}

/** More than anybody can train; a grid is refused before it is multiplied out. */
export const mostRuns = 100_000
/** An objective with options stands three deep in a grid. */
const deepest = 8

export function readSpec(text: string, where: string): SweepSpec {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw badSpec(where, `this is no JSON: ${(error as Error).message}`)
  }
  if (depthOf(json, deepest + 1) > deepest)
    throw badSpec(where, `it is nested more than ${deepest} levels deep`)
  const checked = sweepSpec.safeParse(json)
  if (checked.success) return checked.data
  const { path, message } = checked.error.issues[0]
  throw badSpec(where, path.length ? `${path.join('.')}: ${message}` : message)
}

/** How deep a value is nested; not looked for below `most`. */
function depthOf(value: unknown, most: number): number {
  if (most === 0 || value === null || typeof value !== 'object') return 0
  return 1 + Object.values(value).reduce<number>((deep, part) => Math.max(deep, depthOf(part, most - 1)), 0)
}

const badSpec = (where: string, what: string): GlasshouseError =>
  new GlasshouseError({
    code: 'bad-sweep',
    what,
    where,
    hint: 'For example {"data": "cars/", "train": {"epochs": 10}, "grid": {"objective": ["ep", "epshn"], "lr": [0.01, 0.1], "seed": [0, 1]}}',
  })

/** Objectives of the user's own, by the words that name their files in a specification. */
export type OwnObjectives = ReadonlyMap<string, Required<ChosenObjective>>

/** The files of objectives that a specification names, as it names them. */
export function objectiveFilesIn({ train, grid }: SweepSpec): string[] {
  const names = [train.objective, ...(grid.objective ?? [])].map(given => {
    const checked = objective.safeParse(given)
    if (!checked.success) return ''
    return typeof checked.data === 'string' ? checked.data : checked.data.name
  })
  return [...new Set(names.filter(isObjectiveFile))]
}

/**
 * All runs of a grid, the last of its options changing fastest.
 * @param own for every file of `objectiveFilesIn`
 */
export function planSweep(
  { train, grid }: SweepSpec,
  where: string,
  own: OwnObjectives = new Map(),
): PlannedRun[] {
  for (const key of [...Object.keys(train), ...Object.keys(grid)]) requireKnown(key, where)
  const twofold = Object.keys(train).find(key => key in grid)
  if (twofold !== undefined)
    throw badSpec(where, `'${twofold}' is in train and in grid, and only one of them can hold`)
  requireFewEnough(grid, where)
  const names = new Set<string>()
  const used = new Set<string>()
  const runs: PlannedRun[] = []
  for (const values of combinations(grid)) {
    const run = planRun(train, values, used, own)
    if (names.has(run.name)) throw badSpec(where, `the grid has the run ${run.name} twice`)
    names.add(run.name)
    runs.push(run)
  }
  // What all runs share has to matter to one of them; it is left out for those that it does not matter to.
  const given = Object.keys(train).filter(key => key !== 'objective' && key !== 'seed' && !used.has(key))
  if (given.length)
    requireUsed(given, runs[0].options, chosenBy(train.objective ?? grid.objective?.[0], own).objective)
  return runs
}

const sweepable = [...Object.keys(trainOptions.shape), 'seed'].filter(name => name !== 'resume')

function requireKnown(key: string, where: string): void {
  if (sweepable.includes(key)) return
  throw new GlasshouseError({
    code: 'bad-sweep',
    what: `train has no option '${key}' that can be swept`,
    where,
    hint: meantBy(key, sweepable) ?? `It has ${sweepable.join(', ')}`,
  })
}

function requireFewEnough(grid: SweepSpec['grid'], where: string): void {
  const count = Object.values(grid).reduce((product, values) => product * values.length, 1)
  if (count <= mostRuns) return
  throw new GlasshouseError({
    code: 'sweep-too-large',
    what: 'the grid has too many combinations',
    where,
    expected: `at most ${mostRuns} runs`,
    got: `${Object.entries(grid)
      .filter(([, values]) => values.length > 1)
      .map(([key, values]) => `${values.length} of ${key}`)
      .join(' x ')} = ${count < 1e15 ? count : count.toExponential(1)}`,
    hint: 'Vary fewer options at a time, or fewer values of each',
  })
}

type Values = Record<string, unknown>

/** One after the other, so that nothing is held that is not asked for. */
function* combinations(grid: Readonly<Record<string, readonly unknown[]>>): Generator<Values> {
  const axes = Object.entries(grid)
  const places = axes.map(() => 0)
  for (;;) {
    yield Object.fromEntries(axes.map(([key, values], axis) => [key, values[places[axis]]]))
    let axis = axes.length - 1
    while (axis >= 0 && ++places[axis] === axes[axis][1].length) places[axis--] = 0
    if (axis < 0) return
  }
}

/** @param used takes the keys of all options that matter to this run */
function planRun(train: Values, values: Values, used: Set<string>, files: OwnObjectives): PlannedRun {
  const { seed: asked = 0, objective: given, ...rest } = { ...train, ...values }
  const seed = seedOf(asked)
  const chosen = chosenBy(given, files)
  const own = given === undefined ? {} : settledObjective(given, chosen)
  const options = checkOptions(trainOptions, { ...usualForms, ...rest, ...own })
  requireConsistent(options, chosen)
  requireUsed(Object.keys(values), options, chosen.objective)
  const effective = usedOptions(Object.keys(rest), options, chosen.objective)
  for (const key of effective) used.add(key)
  const traits = Object.entries(values).map(
    ([key, value]) => [key, key === 'objective' ? shortOf(titled(value, files)) : shortOf(value)] as const,
  )
  const askedFor = { ...Object.fromEntries(effective.map(key => [key, rest[key]])), ...own }
  return {
    name: folderName(traits),
    series:
      traits
        .filter(([key]) => key !== 'lr' && key !== 'seed')
        .map(([key, value]) => (key === 'objective' ? value : `${key} ${value}`))
        .join(', ') || chosen.objective.name,
    seed,
    options,
    chosen,
    asked: askedFor,
    words: trainWords(askedFor),
  }
}

const seedSchema = z.number().int().min(0)

function seedOf(asked: unknown): number {
  const seed = seedSchema.safeParse(asked)
  if (seed.success) return seed.data
  throw new GlasshouseError({
    code: 'bad-sweep',
    what: 'a seed must be a whole number, at least 0',
    where: 'seed',
    got: JSON.stringify(asked),
  })
}

/** File systems take names of 255 bytes; a temporary name in the same folder is longer than its target. */
const longestName = 160

function folderName(traits: readonly (readonly [string, string])[]): string {
  const name =
    traits
      .map(([key, value]) => (key === 'objective' ? value : `${key} ${value}`).replace(/[^\w.=+-]+/g, '-'))
      .join('_') || 'run'
  if (name.length <= longestName) return name
  const { bits } = random(JSON.stringify(traits), 'folder name')
  return `${name.slice(0, longestName)}_${bits().toString(16)}${bits().toString(16)}`
}

const asked = (given: unknown): { name: string; [option: string]: unknown } => {
  const checked = objective.safeParse(given)
  if (checked.success) return typeof checked.data === 'string' ? { name: checked.data } : checked.data
  throw new GlasshouseError({
    code: 'bad-sweep',
    what: 'an objective is a name, or an object with a name and options',
    where: 'objective',
    got: JSON.stringify(given),
  })
}

function chosenBy(given: unknown, own: OwnObjectives): ChosenObjective {
  const { name } = asked(given ?? 'softmax')
  return own.get(name) ?? { objective: objectiveNamed(name) }
}

/** As options of `train`; a file by its whole path. */
function settledObjective(given: unknown, { file }: ChosenObjective): { objective: string; set?: string[] } {
  const { name, ...settings } = asked(given)
  const set = Object.entries(settings).map(([key, value]) => `${key}=${value}`)
  return { objective: file?.path ?? name, ...(typeof given !== 'string' && { set }) }
}

/** The same with an objective of the user's own by its name in the place of its file. */
function titled(given: unknown, own: OwnObjectives): unknown {
  const { name, ...settings } = asked(given)
  return { name: own.get(name)?.objective.name ?? name, ...settings }
}

/** `{ name: 'epshn', order: 2 }` is `epshn order 2`. */
function shortOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(shortOf).join(' ')
  if (value === null || typeof value !== 'object') return String(value)
  const { name, ...settings } = value as Values
  return [name, ...Object.entries(settings).flat()].filter(part => part !== undefined).join(' ')
}

/** Runs of a sweep may go to several machines, whose calibrations differ. */
const usualForms = { forms: 'usual' }

/** Options of train as the words of a command line. */
export const trainWords = (values: Values): string[] =>
  wordsOfOptions(trainOptions, { ...usualForms, ...values })
