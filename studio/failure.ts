/** What went wrong, in words that say what to do; the server's errors keep their parts. */

export interface Failure {
  code?: string
  what: string
  /** how to mend it */
  hint?: string
  /** where it is wrong, such as ['options', 'rate'] */
  path?: readonly string[]
}

export class StudioError extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.what)
    this.failure = failure
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof StudioError) return error.failure
  if (error instanceof TypeError && /fetch|network/i.test(error.message))
    return {
      code: 'unreachable',
      what: 'The studio’s server does not answer.',
      hint: 'Start it again with “glasshouse studio”; this page goes on where it was.',
    }
  return { what: error instanceof Error ? error.message : String(error) }
}
