/** How well a classifier's logits fit the labels. */
import type { Scores } from '../nets/scores.ts'

/** What a classifier says of every image: the class of its largest output, and how likely it takes that to be. */
export interface Answers {
  predicted: Int32Array
  probability: Float32Array
}

/** Images of the class `truth` that were taken for `predicted`. */
export interface ConfusionCell {
  truth: number
  predicted: number
  count: number
}

export interface Classification {
  /** share of images whose largest logit is their class */
  accuracy: number
  /** the same within each class, which is its recall; null where a class has no images */
  perClass: (number | null)[]
  /** of the images that were taken for a class, the share that is of it; null where none was */
  precision: (number | null)[]
  /** harmonic mean of precision and `perClass`; null where a class has no images and none was taken for it */
  f1: (number | null)[]
  /** mean F1 of the classes that have images */
  macroF1: number
  /** images of each class */
  counts: Int32Array
  /**
   * The cells of the confusion matrix that are not 0, by rows. There are no more of them than images, while the whole
   * matrix grows with the square of the classes.
   */
  confusion: ConfusionCell[]
}

export function indexOfLargest(values: ArrayLike<number>, start = 0, count = values.length): number {
  let best = 0
  for (let i = 1; i < count; i++) if (values[start + i] > values[start + best]) best = i
  return best
}

export interface AnswerOptions {
  scores?: Scores
  /** the class that each output stands for, where several stand for the same one */
  classOf?: ArrayLike<number>
}

/** Reads the answers out of logits batch by batch, so that those of all images are never held at once. */
export async function answersOf(
  batches: LogitBatches,
  count: number,
  classes: number,
  { scores, classOf }: AnswerOptions = {},
): Promise<Answers> {
  const predicted = new Int32Array(count)
  const probability = new Float32Array(count)
  await readLogits(batches, classes, (row, logits) => {
    const output = indexOfLargest(logits)
    predicted[row] = classOf ? classOf[output] : output
    probability[row] = probabilityOf(logits, output, scores)
  })
  return { predicted, probability }
}

/** What comes out of a classifier for some images: rows x classes, valid until the next batch. */
type LogitBatches = AsyncIterable<{ start: number; rows: number; results: { output: Float32Array } }>

/** Reads the logits of every image once, in their order; a row is valid in the call. */
export async function readLogits(
  batches: LogitBatches,
  classes: number,
  read: (row: number, logits: Float32Array) => void,
): Promise<void> {
  for await (const { start, rows, results } of batches)
    for (let row = 0; row < rows; row++)
      read(start + row, results.output.subarray(row * classes, (row + 1) * classes))
}

/** Compares answers with the truth. @param labels n */
export function classify(
  predicted: ArrayLike<number>,
  classes: number,
  labels: ArrayLike<number>,
): Classification {
  const counts = new Int32Array(classes)
  const hits = new Int32Array(classes)
  const taken = new Int32Array(classes)
  const cells = new Map<number, number>()
  let right = 0
  for (let row = 0; row < labels.length; row++) {
    const [truth, answer] = [labels[row], predicted[row]]
    counts[truth]++
    taken[answer]++
    if (truth === answer) {
      hits[truth]++
      right++
    }
    const cell = truth * classes + answer
    cells.set(cell, (cells.get(cell) ?? 0) + 1)
  }
  const shareOf = (part: number, whole: number) => (whole ? part / whole : null)
  const f1 = Array.from(counts, (count, label) => shareOf(2 * hits[label], count + taken[label]))
  const seen = f1.filter((_, label) => counts[label] > 0)
  return {
    accuracy: labels.length ? right / labels.length : 0,
    perClass: Array.from(counts, (count, label) => shareOf(hits[label], count)),
    precision: Array.from(taken, (count, label) => shareOf(hits[label], count)),
    f1,
    macroF1: seen.length ? seen.reduce<number>((sum, value) => sum + (value ?? 0), 0) / seen.length : 0,
    counts,
    confusion: [...cells]
      .sort(([a], [b]) => a - b)
      .map(([cell, count]) => ({ truth: Math.floor(cell / classes), predicted: cell % classes, count })),
  }
}

/** The whole matrix, rows the true classes, columns the predicted: for few classes. */
export function confusionMatrix(cells: readonly ConfusionCell[], classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (const { truth, predicted, count } of cells) matrix[truth][predicted] = count
  return matrix
}

/** The errors among the cells, the most frequent first. */
export const mistakesOf = (cells: readonly ConfusionCell[]): ConfusionCell[] =>
  cells.filter(({ truth, predicted }) => truth !== predicted).sort((a, b) => b.count - a.count)

/** What one row of logits says as probabilities, in double precision. */
export function probabilities(logits: ArrayLike<number>, scores: Scores = 'softmax'): Float64Array {
  const shares = Float64Array.from(logits)
  if (scores === 'given') return shares
  const [peak, sum] = scores === 'softmax' ? peakAndSum(logits) : [0, 0]
  for (let i = 0; i < shares.length; i++)
    shares[i] = scores === 'sigmoid' ? sigmoid(shares[i]) : Math.exp(shares[i] - peak) / sum
  return shares
}

/** The same of one output. Nothing is kept of the others, which may be a hundred thousand in every row. */
export function probabilityOf(logits: ArrayLike<number>, output: number, scores: Scores = 'softmax'): number {
  if (scores === 'given') return logits[output]
  if (scores === 'sigmoid') return sigmoid(logits[output])
  const [peak, sum] = peakAndSum(logits)
  return Math.exp(logits[output] - peak) / sum
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))

/** The largest logit, and the sum of e^(logit - largest). */
function peakAndSum(logits: ArrayLike<number>): [number, number] {
  let peak = Number.NEGATIVE_INFINITY
  for (let i = 0; i < logits.length; i++) peak = Math.max(peak, logits[i])
  let sum = 0
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - peak)
  return [peak, sum]
}
