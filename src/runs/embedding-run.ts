/**
 * An embedding over the epochs of its run, as recorded: for every epoch, epoch 0 being the network before
 * training, the vectors and the triplets of whole splits. Plain data; `open-embedding-run.node.ts` reads it.
 */
import type { Split } from '../data/dataset.ts'
import type { PictureStore } from '../data/store.ts'
import type { Vectors } from '../embedding/vectors.ts'
import type { RunRecord } from './record.ts'

/** The triplets of a split at an epoch; the arrays are parallel, one entry per anchor. */
export interface TripletFrame {
  epoch: number
  /** positions of the anchors in the data set, ascending */
  anchor: Int32Array
  /** positions of the nearest image of the same class and of any other; -1 where there is none */
  positive: Int32Array
  negative: Int32Array
  /** their cosine similarities to the anchor; -1 where there is none */
  positiveSimilarity: Float32Array
  negativeSimilarity: Float32Array
}

export interface EmbeddingRun {
  /** what the user called it */
  source: string
  record: RunRecord
  /** ascending; those of which there are triplets */
  epochs: readonly number[]
  /** the splits that have images */
  splits: readonly Split[]
  triplets(epoch: number, split: Split): Promise<TripletFrame>
  vectors(epoch: number, split: Split): Promise<Vectors>
  /** all images of its data set, by position; undefined where the data is gone or has changed */
  pictures(): Promise<PictureStore | undefined>
}

/** What can differ between runs that are compared, in the order in which it matters. */
const traits: readonly { name: string; of(record: RunRecord): unknown }[] = [
  { name: 'net', of: ({ net }) => net },
  { name: 'dim', of: ({ head }) => (head.kind === 'embedding' ? head.dim : undefined) },
  { name: 'batch', of: ({ training }) => training.batch },
  { name: 'per class', of: ({ training }) => training.perClass },
  { name: 'rate', of: ({ training }) => training.rate },
  { name: 'weights', of: ({ training }) => training.weights ?? 'none' },
  { name: 'epochs', of: ({ training }) => training.epochs },
  { name: 'seed', of: ({ seed }) => seed },
]

/**
 * Short names that distinguish runs: the objective, and of everything else only what differs between
 * them, such as `epshn, order 2`. Runs that do not differ in this are distinguished by their sources.
 */
export function namesOfRuns(runs: readonly Pick<EmbeddingRun, 'record' | 'source'>[]): string[] {
  const records = runs.map(({ record }) => record)
  const settings = [...new Set(records.flatMap(({ objectiveOptions }) => Object.keys(objectiveOptions)))].map(
    name => ({ name, of: (record: RunRecord) => record.objectiveOptions[name] }),
  )
  const differing = [...settings, ...traits].filter(
    ({ of }) => new Set(records.map(of).filter(value => value !== undefined)).size > 1,
  )
  const names = records.map(record =>
    [
      record.objective,
      ...differing.flatMap(({ name, of }) => (of(record) === undefined ? [] : [`${name} ${of(record)}`])),
    ].join(', '),
  )
  return names.map((name, index) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${runs[index].source})`,
  )
}
