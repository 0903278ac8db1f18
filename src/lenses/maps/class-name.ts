/** Which class does the user mean? */
import { GlasshouseError } from '../../base/errors.ts'

/** The index of a class that is given by name or by index. */
export function classNamed(classes: readonly string[], asked: string): number {
  const byName = classes.findIndex(name => name.toLowerCase() === asked.toLowerCase())
  if (byName >= 0) return byName
  const index = Number(asked)
  if (Number.isInteger(index) && index >= 0 && index < classes.length) return index
  const close = classes.filter(name => name.toLowerCase().includes(asked.toLowerCase())).slice(0, 5)
  throw new GlasshouseError({
    code: 'unknown-class',
    what: 'the network has no such class',
    where: '--class',
    got: `'${asked}'`,
    expected: close.length ? close.join(', ') : `a name or an index below ${classes.length}`,
  })
}
