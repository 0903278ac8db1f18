/** Which class does the user mean? */
import { GlasshouseError } from '../../base/errors.ts'
import type { Head } from '../../nets/network.ts'
import type { ModelInput } from '../inputs.ts'

/** The head of a classifier. */
export function classHead(
  { network, source }: ModelInput,
  hint = 'Name a classifier',
): Extract<Head, { kind: 'classes' }> {
  if (network.head.kind === 'classes') return network.head
  throw new GlasshouseError({
    code: 'not-a-classifier',
    what: 'this needs a network with classes, and the network is an embedding',
    where: source,
    hint,
  })
}

/** The index of a class that is given by name or by index, in an option. */
export function classNamed(classes: readonly string[], asked: string, option = 'class'): number {
  const byName = classes.findIndex(name => name.toLowerCase() === asked.toLowerCase())
  if (byName >= 0) return byName
  // An empty word is a number to `Number`, and no class.
  if (/^\d+$/.test(asked) && Number(asked) < classes.length) return Number(asked)
  const close = asked
    ? classes.filter(name => name.toLowerCase().includes(asked.toLowerCase())).slice(0, 5)
    : []
  throw new GlasshouseError({
    code: 'unknown-class',
    what: 'the network has no such class',
    path: ['options', option],
    got: `'${asked}'`,
    expected: close.length ? close.join(', ') : `a name or an index below ${classes.length}`,
  })
}

/**
 * Several classes with commas between; the names themselves may hold commas, and the longest one that is there counts. Two
 * words stand for what each image decides: `predicted`, and `label` for what its data says.
 */
export function classesNamed(classes: readonly string[], asked: string): (number | 'predicted' | 'label')[] {
  const names = new Set(classes.map(name => name.trim().toLowerCase()))
  const parts = asked.split(',')
  const words: string[] = []
  for (let at = 0; at < parts.length; ) {
    let end = parts.length
    const whole = () => parts.slice(at, end).join(',').trim()
    while (end > at + 1 && !names.has(whole().toLowerCase())) end--
    words.push(whole())
    at = end
  }
  return words
    .filter(word => word !== '')
    .map(word => (word === 'predicted' || word === 'label' ? word : classNamed(classes, word)))
}
