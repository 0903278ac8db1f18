/** Which known names somebody may have meant by one that is not known. */
import { distance } from 'fastest-levenshtein'

/** The names that take the fewest changes of a letter, the closest first; those that contain the word before others. */
export function closestNames(word: string, names: Iterable<string>, most = 8): string[] {
  const far = (name: string) =>
    name.includes(word) || word.includes(name)
      ? Math.abs(name.length - word.length) / 100
      : distance(word, name)
  return [...names]
    .map(name => ({ name, far: far(name) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ name }) => name)
}

/** Letters and digits alone: `gradcam` and `grad-cam` are one word. */
const plain = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/** The names that somebody can have meant by a word that is none of them: few letters differ, or only the spelling. */
export function likelyMeant(word: string, names: Iterable<string>): string[] {
  const all = [...names]
  const same = all.filter(name => plain(name) === plain(word))
  if (same.length) return same
  return closestNames(word, all, 3).filter(name => {
    const longer = Math.max(plain(word).length, plain(name).length)
    // Two letters that changed places count as two.
    return distance(plain(word), plain(name)) <= Math.max(longer < 4 ? 1 : 2, Math.floor(longer / 3))
  })
}

/** The same as a question. */
export function meantBy(word: string, names: Iterable<string>): string | undefined {
  const likely = likelyMeant(word, names)
  return likely.length ? `Did you mean ${likely.join(' or ')}?` : undefined
}
