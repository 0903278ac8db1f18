/**
 * The triplets of a split on disk, as an Arrow file: for every anchor its nearest image of the same class and of
 * any other, and both similarities. Columns: anchor, positive, negative (ids, -1 for none), positiveSimilarity,
 * negativeSimilarity.
 */
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { writeFileAtomic } from '../files.node.ts'
import type { Triplets } from './retrieval.ts'

/** `ids` name the rows that the triplets' places count. */
export async function writeTriplets(path: string, ids: Int32Array, triplets: Triplets): Promise<void> {
  const named = (places: Int32Array) => places.map(place => (place < 0 ? -1 : ids[place]))
  const table = tableFromArrays({
    anchor: ids,
    positive: named(triplets.positiveIndex),
    negative: named(triplets.negativeIndex),
    positiveSimilarity: triplets.positive,
    negativeSimilarity: triplets.negative,
  })
  await writeFileAtomic(path, tableToIPC(table, 'file'))
}
