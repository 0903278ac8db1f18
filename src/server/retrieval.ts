/** What an embedding finds for some of its images, at one epoch: the same images at every epoch, so that they can be compared. */
import type { Vectors } from '../embedding/vectors.ts'
import type { RetrievalSheet } from './api.ts'
import { neighboursOf } from './vectors.ts'

/** @param from which of the queries is the first; they go round the classes, so that any few are of many of them */
export function retrievalOf(
  vectors: Vectors,
  { from, count, nearest }: { from: number; count: number; nearest: number },
): Pick<RetrievalSheet, 'total' | 'queries'> {
  const { ids, paths = [], labels = [] } = vectors
  const order = aroundClasses(labels, ids.length)
  return {
    total: order.length,
    queries: order.slice(from, from + count).map(row => ({
      path: paths[row] ?? '',
      label: labels[row] ?? '',
      found: neighboursOf(vectors, row, nearest).neighbours.map(({ similarity, path = '', label = '' }) => ({
        similarity,
        path,
        label,
      })),
    })),
  }
}

/** The first row of every class, then the second, and so on. */
function aroundClasses(labels: readonly string[], count: number): number[] {
  const seen = new Map<string, number>()
  const turns = Array.from({ length: count }, (_, row) => {
    const label = labels[row] ?? ''
    const turn = seen.get(label) ?? 0
    seen.set(label, turn + 1)
    return turn
  })
  return turns.map((_, row) => row).sort((a, b) => turns[a] - turns[b] || a - b)
}
