/**
 * Commands as forms for the studio, and filled-in forms as words. A form is checked as the words are, by the same
 * definitions, so that the page refuses what the command line would refuse, with the same advice.
 */
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { closestNames } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import type { Argument, ArgumentValues, CommandDefinition } from '../commands/command.ts'
import { commonOptions, modelOptionsOf } from '../commands/common-options.ts'
import { type CommandEntry, commands } from '../commands/registry.ts'
import { fewest } from '../commands/usage.ts'
import { lenses } from '../lenses/registry.ts'
import { isObjectiveFile } from '../objectives/file.ts'
import { formFields } from '../options/form.ts'
import { checkOptions, flagOf } from '../options/options.ts'
import { wordsOfOptions } from '../options/words.ts'
import type { Asked, CommandForm, CommandSummary, FormInput } from './api.ts'

/** What makes no sense on a page, or is there in another form. */
const left = new Set(['studio', 'runs', 'weights list', 'worker', 'jobs'])

/** The studio decides where results go and how progress is shown. */
const runOptions = commonOptions.pick({ seed: true, device: true, threads: true })

const entries = commands.filter(({ name, hidden }) => !hidden && !left.has(name))

/** All commands that can be started here. */
export const listedCommands = (): CommandSummary[] => entries.map(summaryOf)

/** @throws GlasshouseError where there is no such command */
export async function commandForm(name: string): Promise<CommandForm> {
  const entry = entryNamed(name)
  return formOf(entry, await entry.load())
}

function entryNamed(name: string): CommandEntry {
  const entry = entries.find(entry => entry.name === name)
  if (entry) return entry
  const names = entries.map(({ name }) => name)
  throw new GlasshouseError({
    code: 'usage',
    what: 'there is no such command to start here',
    path: ['command'],
    got: name.slice(0, 80),
    expected: closestNames(name.slice(0, 80), names).join(', '),
  })
}

const summaryOf = ({ name, summary, heading }: CommandEntry): CommandSummary => ({
  name,
  title: `${name[0].toUpperCase()}${name.slice(1).replaceAll('-', ' ')}`,
  summary,
  heading: heading.replace(/:$/, ''),
  isLens: lenses.some(lens => lens.name === name),
})

async function formOf(entry: CommandEntry, command: CommandDefinition): Promise<CommandForm> {
  const lens = await lenses.find(({ name }) => name === entry.name)?.load()
  return {
    ...summaryOf(entry),
    ...(lens && { title: lens.title }),
    ...(command.description !== undefined && { description: command.description }),
    inputs: command.arguments.map(inputOf),
    options: formFields(command.options).filter(({ key }) => key !== 'studio'),
    modelOptions: formFields(modelOptionsOf(command)),
    commonOptions: formFields(runOptions),
    examples: (command.examples ?? []).map(({ line, does }) => ({ line: `glasshouse ${line}`, does })),
  }
}

/** What a command asks for beside its options. @throws GlasshouseError where there is no such command */
export const inputsOf = async (name: string): Promise<FormInput[]> =>
  (await entryNamed(name).load()).arguments.map(inputOf)

/** The keys of all options that a command takes. */
export const optionKeysOf = async (name: string): Promise<string[]> =>
  optionKeys(await entryNamed(name).load())

const optionKeys = (command: CommandDefinition): string[] =>
  [command.options, modelOptionsOf(command), runOptions].flatMap(({ shape }) => Object.keys(shape))

function inputOf(argument: Argument): FormInput {
  const { name, kind = 'text', description, choices, many, exactly } = argument
  const most = exactly ?? (many ? undefined : 1)
  return {
    name,
    kind,
    description,
    atLeast: fewest(argument),
    ...(most !== undefined && { atMost: most }),
    ...(choices && { choices: [...choices] }),
  }
}

/**
 * Checks a filled-in form and gives the words that mean the same, without the program's name.
 * @throws GlasshouseError with a path into the form
 */
export async function wordsOfForm({ command: name, inputs, options }: Asked): Promise<string[]> {
  const command = await entryNamed(name).load()
  requireKnown(
    'inputs',
    Object.keys(inputs),
    command.arguments.map(({ name }) => name),
  )
  const others = [modelOptionsOf(command), runOptions]
  requireKnown('options', Object.keys(options), optionKeys(command))
  const named = command.arguments.map(
    argument => [argument, sourcesOf(argument, inputs[argument.name])] as const,
  )
  const given = changedIn(command.options, options)
  const flags = [
    ...wordsOfOptions(command.options, given),
    ...others.flatMap(schema => wordsOfOptions(schema, changedIn(schema, options))),
  ]
  const checked = checkOptions(command.options, given)
  try {
    // An objective of the user's own is a program: it runs in the job, never in the server.
    if (!isObjectiveFile(String(options.objective)))
      await command.check?.(valuesOf(named), checked, new Set(Object.keys(given)))
  } catch (error) {
    throw withField(error, command.options)
  }
  // A job of the studio opens no other.
  const own = name === 'demo' ? ['--no-studio'] : []
  return [...name.split(' '), ...named.flatMap(([, sources]) => sources), ...flags, ...own]
}

/** An error that names a flag, as one about the field of the form. */
function withField(error: unknown, options: z.ZodObject): unknown {
  if (!(error instanceof GlasshouseError) || error.path || !error.where?.startsWith('--')) return error
  const key = Object.keys(options.shape).find(key => flagOf(key) === error.where)
  return key === undefined ? error : error.with({ where: undefined, path: ['options', key] })
}

/** The options of a schema that are not as they would be anyway: some must not be given beside others. */
function changedIn(schema: z.ZodObject, options: Asked['options']): Asked['options'] {
  const own = Object.entries(options).filter(([key, value]) => key in schema.shape && isGiven(value))
  checkOptions(schema, Object.fromEntries(own))
  const usual = defaultsOf(schema)
  return Object.fromEntries(own.filter(([key, value]) => !isDeepStrictEqual(value, usual.get(key))))
}

/** A page asks at every key that is pressed; the schemas stay as they are. */
const knownDefaults = new WeakMap<z.ZodObject, ReadonlyMap<string, unknown>>()

function defaultsOf(schema: z.ZodObject): ReadonlyMap<string, unknown> {
  const known = knownDefaults.get(schema)
  if (known) return known
  const defaults = new Map(formFields(schema).map(field => [field.key, field.default]))
  knownDefaults.set(schema, defaults)
  return defaults
}

/** As the command line deals words out: a list where the argument takes several. */
const valuesOf = (named: readonly (readonly [Argument, string[]])[]): ArgumentValues =>
  Object.fromEntries(
    named.map(([{ name, many, exactly }, sources]) => [name, many || exactly ? sources : sources[0]]),
  ) as ArgumentValues

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

function sourcesOf(argument: Argument, given: Asked['inputs'][string]): string[] {
  const { name, description, choices } = argument
  const words = [given ?? []].flat().filter(isGiven)
  const { atLeast, atMost = Number.POSITIVE_INFINITY } = inputOf(argument)
  const texts = words.flatMap(word => (typeof word === 'string' ? [word] : []))
  if (texts.length !== words.length || texts.length < atLeast || texts.length > atMost)
    throw new GlasshouseError({
      code: 'input-count',
      what: texts.length ? 'the wrong number of sources for this input' : 'this input must be named',
      path: ['inputs', name],
      expected: description,
      ...(texts.length && { got: String(texts.length) }),
    })
  if (choices && texts.some(text => !choices.includes(text)))
    throw new GlasshouseError({
      code: 'option-value',
      what: 'this is not one of the choices',
      path: ['inputs', name],
      expected: choices.join(', '),
      got: texts.join(', '),
    })
  // A name that looks like a flag is a path like any other.
  return texts.map(text => (text.startsWith('-') ? `./${text}` : text))
}

function requireKnown(group: string, keys: readonly string[], known: readonly string[]): void {
  const unknown = keys.find(key => !known.includes(key))
  if (unknown === undefined) return
  throw new GlasshouseError({
    code: 'unknown-option',
    what: 'the command has nothing of this name',
    path: [group, unknown.slice(0, 80)],
    expected: known.join(', '),
  })
}
