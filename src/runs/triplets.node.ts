/**
 * The triplets of a split on disk, as an Arrow file: for every anchor its nearest image of the same class and of
 * any other, and both similarities. Columns: anchor, positive, negative (ids, -1 for none), positiveSimilarity,
 * negativeSimilarity.
 */
import { type Table, tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow'
import { GlasshouseError } from '../base/errors.ts'
import { writeInside } from '../base/files.node.ts'
import { checkArrowFile } from '../embedding/arrow-metadata.ts'
import type { Triplets } from '../embedding/retrieval.ts'
import { readBytes } from '../weights/file.node.ts'
import type { TripletFrame } from './embedding-run.ts'

/** Into the folder of a run; `ids` name the rows that the triplets' places count. */
export async function writeTriplets(
  folder: string,
  name: string,
  ids: Int32Array,
  triplets: Triplets,
): Promise<void> {
  const named = (places: Int32Array) => places.map(place => (place < 0 ? -1 : ids[place]))
  const table = tableFromArrays({
    anchor: ids,
    positive: named(triplets.positiveIndex),
    negative: named(triplets.negativeIndex),
    positiveSimilarity: triplets.positive,
    negativeSimilarity: triplets.negative,
  })
  await writeInside(folder, name, tableToIPC(table, 'file'))
}

/** The triplets of a split at an epoch, as `writeTriplets` wrote them. */
export async function readTriplets(path: string, epoch: number): Promise<TripletFrame> {
  const bytes = await readBytes(path)
  try {
    checkArrowFile(bytes)
    const table = tableFromIPC(bytes)
    return {
      epoch,
      anchor: columnOf(table, 'anchor', Int32Array),
      positive: columnOf(table, 'positive', Int32Array),
      negative: columnOf(table, 'negative', Int32Array),
      positiveSimilarity: columnOf(table, 'positiveSimilarity', Float32Array),
      negativeSimilarity: columnOf(table, 'negativeSimilarity', Float32Array),
    }
  } catch (cause) {
    throw new GlasshouseError({
      code: 'triplets-unreadable',
      what: `the triplets cannot be read: ${(cause as Error).message}`,
      where: path,
      hint: 'The file is damaged; resume the run from an earlier checkpoint, or train again',
      cause,
    })
  }
}

function columnOf<Numbers extends Int32Array | Float32Array>(
  table: Table,
  name: string,
  type: new (length: number) => Numbers,
): Numbers {
  const numbers: unknown = table.getChild(name)?.toArray()
  if (!(numbers instanceof type) || numbers.length !== table.numRows)
    throw new TypeError(`the column '${name}' is missing or of another type`)
  return numbers
}
