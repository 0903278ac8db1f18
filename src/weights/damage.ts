/** The errors that all readers of weight files share, so that the same fault reads the same in every format. */
import { GlasshouseError } from '../base/errors.ts'

/** What the file says contradicts its format. */
export const damaged = (where: string, what: string, got?: string, expected?: string): GlasshouseError =>
  new GlasshouseError({ code: 'weights-damaged', what, where, expected, got })

/** The file ends too early. */
export const cutShort = (where: string, lacking: string, expected: string, got: string): GlasshouseError =>
  new GlasshouseError({
    code: 'weights-cut-short',
    what: `the file is cut short: it lacks ${lacking}`,
    where,
    expected,
    got,
    hint: 'Fetch or write the file again',
  })

/** The file is sound, and holds what this project does not read. */
export const unsupported = (where: string, what: string, hint?: string): GlasshouseError =>
  new GlasshouseError({ code: 'weights-unsupported', what, where, hint })

/** A foreign value in an error, no longer than a line. */
export function shorten(value: unknown): string {
  const text =
    JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** A foreign name in an error, no longer than a line. */
export const quoted = (name: string): string => `'${name.length > 80 ? `${name.slice(0, 77)}...` : name}'`
