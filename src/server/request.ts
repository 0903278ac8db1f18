/** Reads what a request carries: words and numbers of the query, a JSON body within its limits. */
import type { Context } from 'hono'
import type { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'

/** Longer words are no names of anything. */
const longest = 8192

/** A word of the query that must be there. */
export function word(c: Context, name: string): string {
  const value = c.req.query(name)
  if (value !== undefined && value !== '' && value.length <= longest) return value
  throw new GlasshouseError({
    code: 'argument-missing',
    what: value ? 'this is too long' : 'this must be named',
    path: [name],
    hint: `Add ?${name}=... to the address`,
  })
}

export const wordOr = <T>(c: Context, name: string, otherwise: T): string | T =>
  c.req.query(name) ? word(c, name) : otherwise

/** A whole number of the query between two bounds; beyond them the nearer bound. */
export function numberOr(
  c: Context,
  name: string,
  otherwise: number,
  { least = 0, most = Number.MAX_SAFE_INTEGER } = {},
): number {
  const value = c.req.query(name)
  if (value === undefined || value === '') return otherwise
  const number = Number(value)
  if (Number.isInteger(number)) return Math.min(most, Math.max(least, number))
  throw new GlasshouseError({
    code: 'option-value',
    what: 'this is not a whole number',
    path: [name],
    got: JSON.stringify(value.slice(0, 80)),
  })
}

/** A word of the query that is one of a few. */
export function choiceOr<const T extends string>(
  c: Context,
  name: string,
  choices: readonly T[],
  otherwise: T,
): T {
  const value = c.req.query(name)
  if (value === undefined || value === '') return otherwise
  const found = choices.find(choice => choice === value)
  if (found !== undefined) return found
  throw new GlasshouseError({
    code: 'option-value',
    what: 'this is not a value that it takes',
    path: [name],
    expected: choices.join(', '),
    got: JSON.stringify(value.slice(0, 80)),
  })
}

/** A form is small; milliseconds for all of it, since a body that trickles in holds a connection. */
const [mostBytes, patience] = [2 ** 20, 10_000]

/** The JSON body of a request, as the schema says. @throws GlasshouseError 'body-…' */
export async function bodyOf<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  limits: Partial<BodyLimits> = {},
): Promise<z.output<Schema>> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    throw malformed('the body must be JSON, with Content-Type: application/json')
  const parts: Uint8Array[] = []
  for await (const part of chunksOf(c, { mostBytes, patience, deadline: patience, ...limits }))
    parts.push(part)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)))
  } catch (error) {
    throw malformed(`the body is not JSON: ${(error as Error).message}`)
  }
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const { path, message } = checked.error.issues[0]
  throw new GlasshouseError({ code: 'body-malformed', what: message, path: path.map(String) })
}

const malformed = (what: string): GlasshouseError => new GlasshouseError({ code: 'body-malformed', what })

export interface BodyLimits {
  mostBytes: number
  /** milliseconds between two parts of the body */
  patience: number
  /** milliseconds for all of it */
  deadline: number
}

/** The body part by part. What is too large or too slow is not read further. */
export async function* chunksOf(
  c: Context,
  { mostBytes, patience, deadline }: BodyLimits,
): AsyncGenerator<Uint8Array> {
  const tooLarge = () =>
    new GlasshouseError({
      code: 'body-too-large',
      what: 'the body is too large',
      expected: `at most ${Math.floor(mostBytes / 2 ** 20)} MiB`,
    })
  if (Number(c.req.header('content-length') ?? 0) > mostBytes) throw tooLarge()
  const reader = c.req.raw.body?.getReader()
  if (!reader) return
  const end = performance.now() + deadline
  let bytes = 0
  try {
    for (;;) {
      const left = Math.min(patience, end - performance.now())
      const { done, value } = await within(left, reader.read())
      if (done) return
      bytes += value.length
      if (bytes > mostBytes) throw tooLarge()
      yield value
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const slow = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new GlasshouseError({ code: 'body-slow', what: 'the body took too long to arrive' })),
      Math.max(0, milliseconds),
    )
  })
  try {
    return await Promise.race([work, slow])
  } finally {
    clearTimeout(timer)
  }
}
