/** What the nearest training rows say: a classifier without training, beside the linear one. */
import type { Work } from '../../base/work.ts'
import { rankRows } from '../../embedding/ranking.ts'
import { indexOfLargest } from '../../models/classification.ts'
import type { Engine } from '../../runtime/engine.ts'
import type { Labelled } from '../../training/linear-descent.ts'

/**
 * Share of the test rows whose class is the commonest among their `count` nearest training rows by cosine; the class of
 * the nearest of them decides a tie.
 */
export async function nearestAccuracy(
  engine: Engine,
  train: Labelled,
  test: Labelled,
  { dim, classes, count, work }: { dim: number; classes: number; count: number; work?: Work },
): Promise<number> {
  const depth = Math.min(count, train.labels.length)
  let right = 0
  await rankRows(
    engine,
    { queries: test.features, gallery: train.features, dim, depth, work },
    (query, nearest) => {
      const votes = new Float64Array(classes)
      // A hair more for the nearer ones, which decides ties and nothing else.
      nearest.forEach((row, rank) => {
        votes[train.labels[row]] += 1 + (depth - rank) / (4 * depth * depth)
      })
      if (indexOfLargest(votes) === test.labels[query]) right++
    },
  )
  return right / test.labels.length
}
