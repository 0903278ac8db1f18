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
    path: ['options', 'class'],
    got: `'${asked}'`,
    expected: close.length ? close.join(', ') : `a name or an index below ${classes.length}`,
  })
}

/**
 * Several classes with commas between, where no class has the whole as its name. Two words stand for what each image
 * decides: `predicted`, and `label` for what its data says.
 */
export function classesNamed(classes: readonly string[], asked: string): (number | 'predicted' | 'label')[] {
  const isName = classes.some(name => name.toLowerCase() === asked.toLowerCase())
  const words = isName ? [asked] : asked.split(',').map(word => word.trim())
  return words
    .filter(word => word !== '')
    .map(word => (word === 'predicted' || word === 'label' ? word : classNamed(classes, word)))
}
