/**
 * Options as a form: one field for each option, as plain JSON, so that a page can lay out controls without the schema.
 * What a text names (a layer, a class, an image) is said by `.meta({ kind })`, so that a page can offer a picker.
 */
import { z } from 'zod'
import type { Need } from './met.ts'
import { needsOf } from './needs.ts'

/** What the value of an option names, beyond its type. */
export const namedKinds = [
  'layer',
  'unit',
  'class',
  'image',
  'data',
  'vectors',
  'colour-map',
  'net',
  'weights',
  'run',
  'file',
] as const
export type NamedKind = (typeof namedKinds)[number]

export interface FormValue {
  type: 'number' | 'switch' | 'choice' | 'text' | 'list'
  /** a number without a fraction */
  integer?: true
  minimum?: number
  maximum?: number
  /** the bounds themselves are excluded */
  exclusive?: ('minimum' | 'maximum')[]
  /** a number may only be a multiple of it */
  step?: number
  /** all that it may be; for a text or number that has words too: those words */
  choices?: string[]
  /** what the items of a list are */
  items?: FormValue
  /** how many items a list has */
  least?: number
  most?: number
  /** what it names */
  kind?: NamedKind
}

export interface FormField extends FormValue {
  key: string
  description: string
  required: boolean
  default?: unknown
  /** what it needs beside it to have an effect: all of these */
  needs?: Need[]
}

type JsonSchema = z.core.JSONSchema.BaseSchema

export function formFields(options: z.ZodObject): FormField[] {
  const { properties = {}, required = [] } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' })
  const needs = needsOf(options)
  return Object.entries(properties).map(([key, property]) => {
    const schema = property as JsonSchema
    const own = needs.get(key)
    return {
      key,
      description: schema.description ?? '',
      required: required.includes(key),
      ...(schema.default !== undefined && { default: schema.default }),
      ...(own && { needs: own }),
      ...describeValue(schema),
    }
  })
}

function describeValue(schema: JsonSchema): FormValue {
  const kind = namedKinds.find(kind => kind === schema.kind)
  return { ...typeOf(schema), ...(kind && { kind }) }
}

function typeOf(schema: JsonSchema): FormValue {
  if (schema.enum) return { type: 'choice', choices: schema.enum.map(String) }
  if (schema.const !== undefined) return { type: 'choice', choices: [String(schema.const)] }
  if (schema.anyOf) return oneOf(schema.anyOf.map(part => typeOf(part as JsonSchema)))
  if (schema.type === 'boolean') return { type: 'switch' }
  if (schema.type === 'array')
    return {
      type: 'list',
      items: describeValue((schema.items ?? {}) as JsonSchema),
      ...(schema.minItems !== undefined && { least: schema.minItems }),
      ...(schema.maxItems !== undefined && { most: schema.maxItems }),
    }
  if (schema.type === 'integer' || schema.type === 'number') return numberOf(schema)
  return { type: 'text' }
}

/** Words or a number: the number, with the words as choices beside it. Anything else is a text. */
function oneOf(parts: readonly FormValue[]): FormValue {
  const choices = parts.flatMap(part => part.choices ?? [])
  const number = parts.find(({ type }) => type === 'number')
  if (number) return { ...number, ...(choices.length && { choices }) }
  return parts.every(({ type }) => type === 'choice') ? { type: 'choice', choices } : { type: 'text' }
}

function numberOf({
  type,
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
  multipleOf,
}: JsonSchema): FormValue {
  const least = bound(exclusiveMinimum) ?? bound(minimum)
  const most = bound(exclusiveMaximum) ?? bound(maximum)
  const exclusive = [
    ...(bound(exclusiveMinimum) === undefined ? [] : ['minimum' as const]),
    ...(bound(exclusiveMaximum) === undefined ? [] : ['maximum' as const]),
  ]
  return {
    type: 'number',
    ...(type === 'integer' && { integer: true as const, step: 1 }),
    ...(multipleOf !== undefined && { step: multipleOf }),
    ...(least !== undefined && { minimum: least }),
    ...(most !== undefined && { maximum: most }),
    ...(exclusive.length && { exclusive }),
  }
}

/** zod bounds every integer by what a double can hold; that is not a limit for a form. */
const bound = (value: unknown): number | undefined =>
  typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined
