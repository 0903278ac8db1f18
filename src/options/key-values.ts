/** Options of an objective as words of the command line. */
import { GlasshouseError } from '../base/errors.ts'

/** `order=2` becomes { order: 2 }. */
export function keyValues(words: readonly string[], where: string): Record<string, unknown> {
  const pairs = words.map(word => pairOf(word, where))
  const keys = pairs.map(([key]) => key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined)
    throw new GlasshouseError({
      code: 'option-twice',
      what: `the option '${twice}' is given twice`,
      where,
      hint: 'Give it once',
    })
  return Object.fromEntries(pairs)
}

function pairOf(word: string, where: string): [string, unknown] {
  const [key, value, ...rest] = word.split('=')
  if (key !== '' && value !== undefined && !rest.length)
    return [key, value !== '' && Number.isFinite(Number(value)) ? Number(value) : value]
  throw new GlasshouseError({
    code: 'option-value',
    what: 'an option of the objective is written key=value',
    where,
    got: word,
  })
}
