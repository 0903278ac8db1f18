/** Which pair of classes is meant? */
import { GlasshouseError } from '../../base/errors.ts'
import { classNamed } from '../maps/class-name.ts'

/** Two classes with a comma between, by name or index; the names themselves may hold commas. */
export function pairNamed(classes: readonly string[], asked: string): { label: number; predicted: number } {
  const words = asked.split(',')
  if (words.length < 2)
    throw new GlasshouseError({
      code: 'unknown-class',
      what: 'a pair is two classes with a comma between: the true one, then the predicted one',
      path: ['options', 'pair'],
      got: `'${asked}'`,
    })
  let failure: unknown
  for (let at = 1; at < words.length; at++) {
    const [one, other] = [words.slice(0, at), words.slice(at)].map(part => part.join(',').trim())
    try {
      return {
        label: classNamed(classes, one, 'pair'),
        predicted: classNamed(classes, other, 'pair'),
      }
    } catch (error) {
      failure ??= error
    }
  }
  throw failure
}
