/**
 * Whether the numbers that a network gives are scores of classes or an embedding, where no file says so: a guess from
 * their count. Embeddings have round widths (64, 128, 512, 768, 2048); ImageNet's classes are counted by a thousand.
 */
import { GlasshouseError } from '../base/errors.ts'
import type { ModelWishes } from '../runtime/context.ts'
import { imagenetClasses } from './imagenet-classes.ts'
import type { Head } from './network.ts'

/** From this width on, powers of two are taken for embeddings. */
const smallestEmbedding = 32

/** Powers of two from 32, and multiples of 64. */
export const looksLikeEmbedding = (width: number): boolean =>
  width >= smallestEmbedding && (width % 64 === 0 || (width & (width - 1)) === 0)

/**
 * A head as a user asks for it.
 *
 * @throws GlasshouseError 'class-names' where the names are not as many as the numbers that the network gives
 */
export function headAsAsked(head: Head, { as, classes }: ModelWishes): Head {
  const width = head.kind === 'classes' ? head.classes.length : head.dim
  const kind = as ?? (classes ? 'classes' : head.kind)
  if (kind === 'embedding') return head.kind === 'embedding' ? head : { kind, dim: width }
  if (classes && classes.length !== width) {
    throw new GlasshouseError({
      code: 'class-names',
      what: 'the names of the classes are not as many as the outputs',
      path: ['options', 'classes'],
      expected: `${width} names`,
      got: `${classes.length}`,
    })
  }
  if (head.kind === 'classes') return classes ? { ...head, classes } : head
  return { kind, classes: classes ?? usualClasses(width) }
}

/** ImageNet's, those that published weights were trained on, or numbered ones. */
export function usualClasses(
  count: number,
  published: readonly string[] = imagenetClasses,
): readonly string[] {
  if (count === published.length) return published
  if (count === imagenetClasses.length + 1) return ['background', ...imagenetClasses]
  return Array.from({ length: count }, (_, index) => `class ${index}`)
}
