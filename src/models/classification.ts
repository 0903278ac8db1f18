/** How well a classifier's logits fit the labels. */
import { largest } from '../base/extremes.ts'
import type { Scores } from '../nets/scores.ts'

export interface Classification {
  /** share of pictures whose largest logit is their class */
  accuracy: number
  /** the same within each class; NaN-free: null where a class has no pictures */
  perClass: (number | null)[]
  /** counts, rows the true classes, columns the predicted */
  confusion: number[][]
  /** predicted class of every picture */
  predicted: Int32Array
}

export function indexOfLargest(values: ArrayLike<number>, start = 0, count = values.length): number {
  let best = 0
  for (let i = 1; i < count; i++) if (values[start + i] > values[start + best]) best = i
  return best
}

/**
 * @param logits n x classes, row-major
 * @param labels n
 * @param classOf the class that each output stands for, where several stand for the same one
 */
export function classify(
  logits: Float32Array,
  classes: number,
  labels: ArrayLike<number>,
  classOf?: ArrayLike<number>,
): Classification {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  const predicted = Int32Array.from(labels, (_, row) => {
    const output = indexOfLargest(logits, row * classes, classes)
    return classOf ? classOf[output] : output
  })
  for (let row = 0; row < labels.length; row++) confusion[labels[row]][predicted[row]]++
  const right = confusion.reduce((sum, row, label) => sum + row[label], 0)
  const perClass = confusion.map((row, label) => {
    const count = row.reduce((sum, cell) => sum + cell, 0)
    return count ? row[label] / count : null
  })
  return { accuracy: labels.length ? right / labels.length : 0, perClass, confusion, predicted }
}

/** What one row of logits says as probabilities, in double precision. */
export function probabilities(logits: ArrayLike<number>, scores: Scores = 'softmax'): Float64Array {
  if (scores === 'given') return Float64Array.from(logits)
  if (scores === 'sigmoid') return Float64Array.from(logits, logit => 1 / (1 + Math.exp(-logit)))
  const peak = largest(Array.from(logits))
  const exponentials = Float64Array.from(logits, logit => Math.exp(logit - peak))
  const sum = exponentials.reduce((total, value) => total + value, 0)
  return exponentials.map(value => value / sum)
}
