/**
 * Whether the numbers that a network gives are scores of classes or an embedding, where no file says so: a guess from
 * their count. Embeddings have round widths (64, 128, 512, 768, 2048); ImageNet's classes are counted by a thousand.
 */
import { imagenetClasses } from './imagenet-classes.ts'

/** From this width on, powers of two are taken for embeddings. */
const smallestEmbedding = 32

/** Powers of two from 32, and multiples of 64. */
export const looksLikeEmbedding = (width: number): boolean =>
  width >= smallestEmbedding && (width % 64 === 0 || (width & (width - 1)) === 0)

/** ImageNet's, those that published weights were trained on, or numbered ones. */
export function usualClasses(
  count: number,
  published: readonly string[] = imagenetClasses,
): readonly string[] {
  if (count === published.length) return published
  if (count === imagenetClasses.length + 1) return ['background', ...imagenetClasses]
  return Array.from({ length: count }, (_, index) => `class ${index}`)
}
