/**
 * Options as data. The options of a command or a lens are declared once, as a zod object schema whose fields
 * carry a description and a default; this file reads such a schema and says, field by field, what the flags of
 * the command line, the form of the studio and the reference page need to know. It goes by the schema's JSON
 * Schema, the one description that zod publishes, and so never looks into zod itself.
 */
import { z } from 'zod'
import { meantBy } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'

export interface OptionField {
  /** the name in code, such as `perClass` */
  key: string
  /** the name on the command line and in the reference, such as `--per-class` */
  flag: string
  kind: 'number' | 'switch' | 'choice' | 'text' | 'list'
  /** what stands for a value in help texts: `N`, `X`, `cpu|cuda`, or the schema's own `.meta({ value })`; a switch has none */
  value: string
  /** what a value must be, in words: 'a whole number, at least 1 and at most 8' */
  expected: string
  description: string
  required: boolean
  /** the words that it takes, where it takes only some */
  choices?: readonly string[]
  default?: unknown
  /** reads the word that was typed; what it cannot read it hands on, for the schema to refuse */
  read(word: string): unknown
}

type JsonSchema = z.core.JSONSchema.BaseSchema

/** A sweep asks for every run, a page at every key that is pressed; schemas never change. */
const known = new WeakMap<z.ZodObject, readonly OptionField[]>()

/** The fields of an options schema, in the order in which they were declared. */
export function optionFields(options: z.ZodObject): readonly OptionField[] {
  const fields = known.get(options) ?? fieldsOf(options)
  known.set(options, fields)
  return fields
}

function fieldsOf(options: z.ZodObject): OptionField[] {
  const { properties = {}, required = [] } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' })
  return Object.entries(properties).map(([key, property]) => {
    const schema = property as JsonSchema
    return {
      key,
      flag: flagOf(key),
      kind: kindOf(schema),
      value: placeholder(schema),
      expected: expected(schema),
      description: schema.description ?? '',
      required: required.includes(key),
      choices: choicesOf(schema),
      default: schema.default,
      read: word => readWord(word, schema),
    }
  })
}

/** `perClass` is `--per-class` on the command line. */
export const flagOf = (key: string) => `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

/** Checks values against the schema and fills in defaults; the first error names the option. */
export function checkOptions<Options extends z.ZodObject>(
  options: Options,
  values: Readonly<Record<string, unknown>>,
): z.output<Options> {
  const checked = options.safeParse(values)
  if (checked.success) return checked.data
  const { path, message, code } = checked.error.issues[0]
  const field = optionFields(options).find(({ key }) => key === path[0])
  const given = path.reduce<unknown>((value, step) => (value as never)?.[step], values)
  if (!field || code === 'custom')
    throw new GlasshouseError({ code: 'option-value', what: message, path: field && ['options', field.key] })
  if (given === undefined)
    throw new GlasshouseError({
      code: 'option-missing',
      what: 'this option must be given',
      path: ['options', field.key],
      expected: field.expected,
      hint: `For example ${field.value}`,
    })
  throw new GlasshouseError({
    code: 'option-value',
    what: 'not a value that this option takes',
    path: ['options', field.key],
    // A pattern's message says in words what it takes.
    expected: code === 'invalid_format' ? message : field.expected,
    got: JSON.stringify(given),
    hint: field.choices && typeof given === 'string' ? meantBy(given, field.choices) : undefined,
  })
}

/** Words that a value is chosen from, also where a list of them or a number is taken as well. */
function choicesOf(schema: JsonSchema): string[] | undefined {
  if (schema.enum) return schema.enum.map(String)
  const parts = [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])]
  const words = parts.flatMap(part => choicesOf(part as JsonSchema) ?? [])
  return words.length ? words : undefined
}

function kindOf(schema: JsonSchema): OptionField['kind'] {
  if (schema.enum) return 'choice'
  if (schema.type === 'boolean') return 'switch'
  if (schema.type === 'array') return 'list'
  return takesNumbers(schema) && !schema.anyOf ? 'number' : 'text'
}

const takesNumbers = (schema: JsonSchema): boolean =>
  schema.type === 'number' ||
  schema.type === 'integer' ||
  (schema.anyOf ?? []).some(alternative => takesNumbers(alternative as JsonSchema))

function readWord(word: string, schema: JsonSchema): unknown {
  if (schema.type === 'array')
    return word.split(',').map(part => readWord(part.trim(), schema.items as JsonSchema))
  const isNumber = word.trim() !== '' && Number.isFinite(Number(word))
  return takesNumbers(schema) && isNumber ? Number(word) : word
}

function placeholder(schema: JsonSchema): string {
  if (typeof schema.value === 'string') return schema.value
  if (schema.enum) return schema.enum.length <= 4 ? schema.enum.join('|') : 'NAME'
  if (schema.anyOf) return schema.anyOf.map(alternative => placeholder(alternative as JsonSchema)).join('|')
  if (schema.type === 'array') return `${placeholder(schema.items as JsonSchema)},...`
  return { integer: 'N', number: 'X', boolean: '' }[String(schema.type)] ?? 'TEXT'
}

function expected(schema: JsonSchema): string {
  if (schema.enum) return `${schema.enum.length > 1 ? 'one of ' : ''}${schema.enum.join(', ')}`
  if (schema.const !== undefined) return String(schema.const)
  if (schema.anyOf) return schema.anyOf.map(alternative => expected(alternative as JsonSchema)).join(', or ')
  if (schema.type === 'array')
    return `a list, with commas between, each ${expected(schema.items as JsonSchema)}`
  if (schema.type === 'boolean') return 'true or false'
  if (schema.type === 'integer') return `a whole number${range(schema)}`
  if (schema.type === 'number') return `a number${range(schema)}`
  return typeof schema.value === 'string' ? schema.value : 'a text'
}

function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  const bounds = { 'at least': minimum, above: exclusiveMinimum, 'at most': maximum, below: exclusiveMaximum }
  const limits = Object.entries(bounds)
    // zod bounds every integer by what a double can hold; that is not a limit worth telling.
    .filter(([, bound]) => bound !== undefined && Math.abs(Number(bound)) < Number.MAX_SAFE_INTEGER)
    .map(([relation, bound]) => `${relation} ${bound}`)
  return limits.length ? `, ${limits.join(' and ')}` : ''
}
