/**
 * What an option needs beside it to have an effect, as data: `.meta({ needs: [withOption('channel')] })`. One check
 * refuses an option that is given and would do nothing, the reference says what it needs, a form can leave it out.
 */
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { type InputNeed, type InputState, isMet, type Need, type OptionNeed, type Plain } from './met.ts'
import { flagOf } from './options.ts'

/** The other option is given; with values, one of these. */
export const withOption = (option: string, ...is: Plain[]): Need => ({ option, ...(is.length && { is }) })
/** The other option has none of these values; without any, it is not given. */
export const notWith = (option: string, ...isNot: Plain[]): Need =>
  isNot.length ? { option, isNot } : { option, absent: true }
export const withSeveral = (input: string, atLeast = 2): Need => ({ input, atLeast })
export const withDataSet = (input: string): Need => ({ input, sampled: true })
export const withShelf = (input: string): Need => ({ input, shelf: true })
export const withImagesOf = (input: string): Need => ({ input, illustrated: true })
export const either = (need: Need, or: Need): Need => ({ ...need, or })

/**
 * Refuses options that are given and have no effect: whoever gave them expects one.
 * @param given keys of the options that were given
 * @param values all options, with defaults
 * @param inputs by name, once they are opened
 * @throws GlasshouseError 'option-unused'
 */
export function requireEffect(
  options: z.ZodObject,
  given: Iterable<string>,
  values: Readonly<Record<string, unknown>>,
  inputs?: Readonly<Record<string, InputState>>,
): void {
  const needs = needsOf(options)
  const around = {
    has: (option: string) => option in options.shape,
    valueOf: (option: string) => values[option],
    stateOf: (input: string) => inputs?.[input],
  }
  for (const key of given) {
    const unmet = needs.get(key)?.find(need => !isMet(need, around))
    if (unmet === undefined) continue
    throw new GlasshouseError({
      code: 'option-unused',
      what: `this option would have no effect ${lackWords(unmet)}`,
      path: ['options', key],
      hint: 'Leave it out, or change what it depends on',
    })
  }
}

const plain = z.union([z.string(), z.number(), z.boolean()])
const needSchema: z.ZodType<Need> = z.lazy(() =>
  z.union([
    z.strictObject({
      option: z.string(),
      is: z.array(plain).optional(),
      isNot: z.array(plain).optional(),
      absent: z.literal(true).optional(),
      or: needSchema.optional(),
    }),
    z.strictObject({
      input: z.string(),
      atLeast: z.int().optional(),
      sampled: z.literal(true).optional(),
      shelf: z.literal(true).optional(),
      illustrated: z.literal(true).optional(),
      or: needSchema.optional(),
    }),
  ]),
)

/** The needs of each option that has any, by key. */
export function needsOf(options: z.ZodObject): ReadonlyMap<string, Need[]> {
  const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' })
  return new Map(
    Object.entries(properties).flatMap(([key, property]) => {
      const needs = typeof property === 'object' ? property.needs : undefined
      return needs === undefined ? [] : [[key, z.array(needSchema).parse(needs)] as const]
    }),
  )
}

/** Why there is no effect: `without --channel`, `while --octaves is 1`. */
function lackWords(need: Need): string {
  const own = 'option' in need ? optionLack(need) : inputLack(need)
  return need.or ? `${own} and ${lackWords(need.or)}` : own
}

function optionLack({ option, is, isNot, absent }: OptionNeed): string {
  const flag = flagOf(option)
  if (absent) return `beside ${flag}`
  if (is) return `unless ${flag} is ${is.join(' or ')}`
  return isNot ? `while ${flag} is ${isNot.join(' or ')}` : `without ${flag}`
}

function inputLack({ input, atLeast = 1, sampled, shelf, illustrated }: InputNeed): string {
  if (illustrated) return `while the images of ${input.toUpperCase()} are not at hand`
  if (shelf) return `unless ${input.toUpperCase()} is a folder of shards, as embed --shard writes`
  if (sampled) return 'unless the images are drawn from a data set'
  return atLeast === 1 ? `without ${input.toUpperCase()}` : `for fewer than ${atLeast} ${input}`
}

/** What is needed, for the reference: `with --channel`, `not with --octaves 1`. */
export function needWords(needs: readonly Need[]): string {
  return needs.map(wordsOf).join(', ')
}

function wordsOf(need: Need): string {
  const own = 'option' in need ? optionWords(need) : inputWords(need)
  return need.or ? `${own} or ${wordsOf(need.or)}` : own
}

function optionWords({ option, is, isNot, absent }: OptionNeed): string {
  const flag = flagOf(option)
  if (absent) return `not with ${flag}`
  if (isNot) return `not with ${flag} ${isNot.join(' or ')}`
  return `with ${flag}${is ? ` ${is.join(' or ')}` : ''}`
}

function inputWords({ input, atLeast = 1, sampled, shelf, illustrated }: InputNeed): string {
  if (illustrated) return `with the images of ${input.toUpperCase()}`
  if (shelf) return 'for a folder of shards'
  if (sampled) return 'for a data set'
  return atLeast === 1 ? `with ${input.toUpperCase()}` : `with ${atLeast} ${input} or more`
}
