/** What is measured, in words: the one home for how curves, legends and tables call the keys of logs and results. */
import { spaced } from './words.ts'

/** What a key alone would not say. */
const names: Readonly<Record<string, string>> = {
  gradientNorm: 'norm of the gradient',
  accuracy: 'accuracy of the batch',
  positiveSimilarity: 'similarity of the nearest classmate',
  negativeSimilarity: 'similarity of the nearest stranger',
  margin: 'classmate less stranger',
  dropped: 'share of anchors left out',
  hard: 'share of anchors nearer to a stranger',
  mapAtR: 'MAP@R',
}

/** How a person calls what is logged under this key, within a line. What is no key, such as the name of a class, stays. */
export const metricName = (key: string): string =>
  names[key] ?? (/^[a-z]+([A-Z][a-z]*)+$/.test(key) ? spaced(key) : key)
