/**
 * From a sweep's specification to its runs: the grid multiplied out, every run with a name of its own, checked
 * against the options of `train` before the first one starts.
 */
import { z } from 'zod'
import { GlasshouseError } from '../../base/errors.ts'
import { objectiveOptions } from '../../objectives/objective.ts'
import { objectiveNamed } from '../../objectives/registry.ts'
import { checkOptions, optionFields } from '../../options/options.ts'
import { type TrainOptions, trainOptions } from '../train-options.ts'

const objective = z.union([
  z.string(),
  z.looseObject({ name: z.string() }).describe('an objective with options, { "name": "epshn", "order": 2 }'),
])

export const sweepSpec = z.strictObject({
  data: z.string().describe('folder of images, or a list'),
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
  /** its line in the picture: what the grid varies besides rate and seed */
  series: string
  seed: number
  /** complete */
  options: TrainOptions
  /** those that were asked for, as words for `train` */
  words: string[]
}

export function readSpec(text: string, where: string): SweepSpec {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw badSpec(where, `this is no JSON: ${(error as Error).message}`)
  }
  const checked = sweepSpec.safeParse(json)
  if (checked.success) return checked.data
  const { path, message } = checked.error.issues[0]
  throw badSpec(where, path.length ? `${path.join('.')}: ${message}` : message)
}

const badSpec = (where: string, what: string): GlasshouseError =>
  new GlasshouseError({
    code: 'bad-sweep',
    what,
    where,
    hint: 'For example {"data": "cars/", "train": {"epochs": 10}, "grid": {"objective": ["ep", "epshn"], "lr": [0.01, 0.1], "seed": [0, 1]}}',
  })

/** All runs of a grid, the last of its options changing fastest. */
export function planSweep({ train, grid }: SweepSpec, where: string): PlannedRun[] {
  const known = new Set([...Object.keys(trainOptions.shape), 'seed'])
  for (const key of [...Object.keys(train), ...Object.keys(grid)]) {
    if (key === 'resume' || !known.has(key))
      throw new GlasshouseError({
        code: 'bad-sweep',
        what: `train has no option '${key}' that can be swept`,
        where,
        hint: `It has ${[...known].filter(name => name !== 'resume').join(', ')}`,
      })
  }
  const runs = combinations(grid).map(values => planRun(train, values))
  const twice = runs.find(({ name }, index) => runs.findIndex(other => other.name === name) !== index)
  if (twice) throw badSpec(where, `the grid has the run ${twice.name} twice`)
  return runs
}

type Values = Record<string, unknown>

const combinations = (grid: Readonly<Record<string, readonly unknown[]>>): Values[] =>
  Object.entries(grid).reduce<Values[]>(
    (all, [key, values]) => all.flatMap(one => values.map(value => ({ ...one, [key]: value }))),
    [{}],
  )

function planRun(train: Values, values: Values): PlannedRun {
  const { seed: asked = 0, objective: given, ...rest } = { ...train, ...values }
  const seed = z.number().int().min(0).safeParse(asked)
  if (!seed.success)
    throw new GlasshouseError({
      code: 'bad-sweep',
      what: 'a seed must be a whole number, at least 0',
      where: 'seed',
      got: JSON.stringify(asked),
    })
  const own = given === undefined ? {} : namedObjective(given)
  const options = checkOptions(trainOptions, { ...rest, ...own })
  const chosen = objectiveNamed(options.objective, 'objective')
  objectiveOptions(chosen, Object.fromEntries(options.set.map(word => splitSetting(word))))
  const traits = Object.entries(values).map(([key, value]) => [key, shortOf(value)] as const)
  return {
    name:
      traits
        .map(([key, value]) => (key === 'objective' ? value : `${key} ${value}`).replace(/[^\w.=+-]+/g, '-'))
        .join('_') || 'run',
    series:
      traits
        .filter(([key]) => key !== 'lr' && key !== 'seed')
        .map(([key, value]) => (key === 'objective' ? value : `${key} ${value}`))
        .join(', ') || options.objective,
    seed: seed.data,
    options,
    words: wordsOf({ ...rest, ...own }),
  }
}

function namedObjective(given: unknown): { objective: string; set?: string[] } {
  const checked = objective.safeParse(given)
  if (!checked.success)
    throw new GlasshouseError({
      code: 'bad-sweep',
      what: 'an objective is a name, or an object with a name and options',
      where: 'objective',
      got: JSON.stringify(given),
    })
  if (typeof checked.data === 'string') return { objective: checked.data }
  const { name, ...settings } = checked.data
  return { objective: name, set: Object.entries(settings).map(([key, value]) => `${key}=${value}`) }
}

function splitSetting(word: string): [string, unknown] {
  const [key, value = ''] = word.split('=')
  return [key, value !== '' && Number.isFinite(Number(value)) ? Number(value) : value]
}

/** `{ name: 'epshn', order: 2 }` is `epshn order 2`. */
function shortOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(shortOf).join(' ')
  if (value === null || typeof value !== 'object') return String(value)
  const { name, ...settings } = value as Values
  return [name, ...Object.entries(settings).flat()].filter(part => part !== undefined).join(' ')
}

/** Options as the words of a command line. */
function wordsOf(values: Values): string[] {
  const flags = new Map(optionFields(trainOptions).map(({ key, flag }) => [key, flag]))
  return Object.entries(values).flatMap(([key, value]) => {
    const flag = flags.get(key)!
    if (typeof value === 'boolean') return [value ? flag : flag.replace('--', '--no-')]
    return Array.isArray(value) ? value.flatMap(item => [flag, String(item)]) : [flag, String(value)]
  })
}
