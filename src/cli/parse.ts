/**
 * From the words of a command line to typed values. commander knows the structure (which words are flags, which
 * are arguments, what was meant by a misspelt one, how help is laid out); the schema knows the values.
 */
import { Command as Commander, CommanderError, Option } from 'commander'
import type { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { append } from '../base/extremes.ts'
import type { Argument, ArgumentValues, CommandDefinition } from '../commands/command.ts'
import { commonOptions, modelOptions, modelOptionsOf } from '../commands/common-options.ts'
import { fewest, usageOf, wordOf } from '../commands/usage.ts'
import { needsOf, needWords } from '../options/needs.ts'
import { checkOptions, type OptionField, optionFields } from '../options/options.ts'
import { meantFlags } from './aliases.ts'
import { usageError } from './overview.ts'

export interface Parsed {
  args: ArgumentValues
  options: Record<string, unknown>
  common: z.output<typeof commonOptions>
  /** keys of the command's own options that were typed */
  given: ReadonlySet<string>
  model: z.output<typeof modelOptions>
}

/** The help text, when that is what was asked for. */
export type HelpText = { help: string }

export function parse(
  command: CommandDefinition,
  words: readonly string[],
  columns?: number,
): Parsed | HelpText {
  try {
    let { help, operands, values } = read(command, words, false, columns)
    if (help) return { help }
    const most = command.arguments.some(({ many }) => many)
      ? Number.POSITIVE_INFINITY
      : command.arguments.reduce((sum, { exactly = 1 }) => sum + exactly, 0)
    // `--layer a b` means the same as `--layer a --layer b` where the words could mean nothing else.
    if (operands.length > most) {
      const greedy = read(command, words, true, columns)
      if (greedy.operands.length <= most) ({ operands, values } = greedy)
    }
    const pick = (schema: z.ZodObject) =>
      Object.fromEntries(Object.entries(values).filter(([key]) => key in schema.shape))
    const own = pick(command.options)
    return {
      given: new Set(Object.keys(own)),
      args: assign(command, operands),
      common: checkOptions(commonOptions, pick(commonOptions)),
      model: checkOptions(modelOptions, pick(modelOptionsOf(command))),
      options: checkOptions(command.options, own),
    }
  } catch (error) {
    throw error instanceof CommanderError ? parseError(command, error) : error
  }
}

/** An unknown flag is answered with those that it can have meant. */
function parseError(command: CommandDefinition, error: CommanderError): GlasshouseError {
  const where = `glasshouse ${command.name}`
  const [, flag] = /^error: unknown option '(?:--?)(?:no-)?([^'=]+)/.exec(error.message) ?? []
  if (error.code !== 'commander.unknownOption' || flag === undefined) return usageError(where, error)
  const keys = [...Object.keys(command.options.shape), ...Object.keys(commonOptions.shape)]
  const likely = meantFlags(flag, keys).map(name => `--${name}`)
  return new GlasshouseError({
    code: 'unknown-option',
    where,
    what: `unknown option '${flag.length > 1 ? '--' : '-'}${flag}'`,
    hint: likely.length ? `Did you mean ${likely.join(' or ')}?` : `See ${where} --help`,
  })
}

/** One pass of commander: the words that are not flags, and the values of the flags that were given. */
function read(command: CommandDefinition, words: readonly string[], greedyLists: boolean, columns?: number) {
  let help = ''
  const commander = new Commander(`glasshouse ${command.name}`)
    .description(command.description ? `${command.summary}\n\n${command.description}` : command.summary)
    .usage(`${command.arguments.map(usageOf).join(' ')} [options]`.trim())
    .helpOption('-h, --help', 'show this help')
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({
      writeOut: text => {
        help += text
      },
      writeErr() {},
      getOutHelpWidth: () => columns ?? 100,
    })
    .action(() => {})
  // Only for the help: which word is which argument is settled by assign().
  for (const argument of command.arguments) commander.argument(`[${wordOf(argument)}]`, argument.description)
  if (command.examples) {
    const lines = command.examples.map(({ line, does }) => `  ${does}:\n    glasshouse ${line}`)
    commander.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
  }
  const headings = [
    ['Options:', command.options],
    ['Options about the model:', modelOptionsOf(command)],
    ['Options of every command:', commonOptions],
  ] as const
  for (const [heading, schema] of headings) {
    commander.optionsGroup(heading)
    const needs = needsOf(schema)
    for (const field of optionFields(schema)) {
      const words = needWords(needs.get(field.key) ?? [])
      const described = words ? { ...field, description: `${field.description} (${words})` } : field
      for (const flag of flagsOf(described, greedyLists)) commander.addOption(flag)
    }
  }
  try {
    commander.parse(words, { from: 'user' })
  } catch (error) {
    if (!help) throw error
  }
  requireOneWay(command, words)
  const given = Object.entries(commander.opts()).filter(
    ([key]) => commander.getOptionValueSource(key) === 'cli',
  )
  return { help, operands: commander.args, values: Object.fromEntries(given) }
}

/** Refuses a switch that is turned on and off. */
function requireOneWay(command: CommandDefinition, words: readonly string[]): void {
  for (const schema of [command.options, commonOptions])
    for (const { kind, flag } of optionFields(schema)) {
      const off = flag.replace('--', '--no-')
      if (kind === 'switch' && words.includes(flag) && words.includes(off))
        throw new GlasshouseError({
          code: 'option-twice',
          what: 'this is switched on and off',
          where: flag,
          got: `${flag} and ${off}`,
          hint: 'Leave one of them out',
        })
    }
}

function flagsOf(field: OptionField, greedyLists: boolean): Option[] {
  const { flag, kind, value, default: preset } = field
  const choices = kind === 'choice' && !value.includes('|') ? `; ${field.expected}` : ''
  const description = field.description + choices + (field.required ? ' (required)' : '')
  if (kind === 'switch') {
    const off = flag.replace('--', '--no-')
    // What is on by default is shown as the flag that turns it off; both spellings are understood.
    return preset === true
      ? [new Option(flag).hideHelp(), new Option(off, `do not ${description}`)]
      : [new Option(flag, description), new Option(off).hideHelp()]
  }
  const list = kind === 'list'
  const option = new Option(`${flag} <${value}>`, description)
  option.variadic = list && greedyLists
  const collected: unknown[] = []
  let earlier: string | undefined
  option.argParser(word => {
    if (!list && earlier !== undefined)
      throw new GlasshouseError({
        code: 'option-twice',
        what: 'this option takes one value and is given twice',
        where: flag,
        got: `${earlier} and ${word}`,
        hint: 'Leave one of them out',
      })
    earlier = word
    if (word === '' || (word.startsWith('--') && word.length > 2)) {
      throw new GlasshouseError({
        code: 'option-value',
        what: 'the value is missing',
        where: flag,
        expected: field.expected,
        got: JSON.stringify(word),
      })
    }
    const read = field.read(word)
    if (!list) return read
    append(collected, read as unknown[])
    return collected
  })
  const shown = preset === undefined ? '' : String(preset)
  return [shown ? option.default(preset, shown) : option]
}

/**
 * Gives the words to the arguments in order. Required arguments are served first, an optional one takes a word
 * while there are words to spare, and one that takes many gets all that the others leave.
 */
function assign(command: CommandDefinition, words: readonly string[]): ArgumentValues {
  const needed = command.arguments.flatMap(argument => Array<Argument>(fewest(argument)).fill(argument))
  const usage = `glasshouse ${command.name} ${command.arguments.map(usageOf).join(' ')}`.trim()
  if (words.length < needed.length) {
    const missing = needed[words.length]
    throw new GlasshouseError({
      code: 'usage',
      where: `glasshouse ${command.name}`,
      what: `the argument ${wordOf(missing)} is missing`,
      expected: missing.description,
      hint: `Usage: ${usage}`,
    })
  }
  let spare = words.length - needed.length
  let next = 0
  const values = command.arguments.map((argument): [string, string | string[] | undefined] => {
    const { name, optional, many, exactly } = argument
    const more = many ? spare : Math.min(spare, optional ? 1 : 0)
    spare -= more
    const taken = words.slice(next, (next += fewest(argument) + more))
    return [name, many || exactly ? taken : taken[0]]
  })
  if (next < words.length) {
    throw new GlasshouseError({
      code: 'usage',
      where: `glasshouse ${command.name}`,
      what: 'one word too many',
      got: JSON.stringify(words[next]),
      hint: `Usage: ${usage}`,
    })
  }
  return Object.fromEntries(values) as ArgumentValues
}
