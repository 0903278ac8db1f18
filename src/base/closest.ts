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
