/** Options of an objective as words of the command line. */
import { GlasshouseError } from '../base/errors.ts'

/** `order=2` becomes { order: 2 }. */
export function keyValues(words: readonly string[], where: string): Record<string, unknown> {
  return Object.fromEntries(
    words.map(word => {
      const [key, value] = word.split('=')
      if (value === undefined)
        throw new GlasshouseError({
          code: 'option-value',
          what: 'an option of the objective is written key=value',
          where,
          got: word,
        })
      return [key, value !== '' && Number.isFinite(Number(value)) ? Number(value) : value]
    }),
  )
}
