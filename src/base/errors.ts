/**
 * Errors that a user can cause, or that the machine can: typed data first, text later.
 *
 * A GlasshouseError says what is wrong, where, and how to mend it. The command line prints it in one or two
 * lines and exits with 2 (or 1 where `fault` is 'machine'); the studio draws it. Programming mistakes are
 * thrown as plain Errors and keep their stack traces.
 */
import { brief } from './brief.ts'
import type { ErrorCode } from './error-codes.ts'

export interface ErrorDetails {
  /** stable, machine-readable kind */
  code: ErrorCode
  /** one sentence, without a full stop: what is wrong */
  what: string
  /** where it is wrong: a file, a run, a node of a graph */
  where?: string
  /** what was asked wrongly, such as ['options', 'octaves'] or ['inputs', 'model']; each surface names its own field */
  path?: readonly string[]
  expected?: string
  got?: string
  /** how to mend it */
  hint?: string
  /** who has to act: the user who asked for it (exit code 2), or the machine (exit code 1) */
  fault?: 'user' | 'machine'
  cause?: unknown
}

export class GlasshouseError extends Error {
  readonly code: ErrorCode
  readonly what: string
  readonly where?: string
  readonly path?: readonly string[]
  readonly expected?: string
  readonly got?: string
  readonly hint?: string
  readonly fault: 'user' | 'machine'

  constructor(details: ErrorDetails) {
    super(describeError(details), { cause: details.cause })
    this.name = 'GlasshouseError'
    this.code = details.code
    this.what = details.what
    this.where = details.where
    this.path = details.path
    this.expected = details.expected
    this.got = details.got
    this.hint = details.hint
    this.fault = details.fault ?? 'user'
  }

  /** The same error with other details, such as the field of a form that it is about; this one is its cause. */
  with(changes: Partial<ErrorDetails>): GlasshouseError {
    return new GlasshouseError({ ...this, cause: this, ...changes })
  }
}

/** What was thrown, in words, whatever it was. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The error in one or two lines, however long what it quotes is. `fieldNamed` says what a surface calls the field at a path. */
export function describeError(
  {
    what,
    where,
    path,
    expected,
    got,
    hint,
  }: Pick<ErrorDetails, 'what' | 'where' | 'path' | 'expected' | 'got' | 'hint'>,
  fieldNamed = (path: readonly string[]) => path.join('.'),
): string {
  const place = [where && brief(where), path && fieldNamed(path)].filter(Boolean).join(', ')
  const detail = [expected && `expected ${brief(expected)}`, got && `got ${brief(got)}`]
    .filter(Boolean)
    .join(', ')
  const advice = hint ? `. ${brief(hint)}` : ''
  return `${place ? `${place}: ` : ''}${brief(what)}${detail ? ` (${detail})` : ''}${advice}`
}
