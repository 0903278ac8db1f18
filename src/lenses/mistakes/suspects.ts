/**
 * Which labels may be wrong? Confident learning (Northcutt, Jiang and Chuang 2021, section 3) takes as the threshold of
 * a class the mean probability that its own images get. An image of another label that reaches it probably belongs to
 * the class. Here most of the nearest training images must agree: a network that is sure and alone is rather wrong.
 */
import type { Answers } from './answers.ts'

/**
 * @param neighbours classes of the nearest training images, for the rows that are mistakes
 * @returns rows among them whose label may be wrong
 */
export function suspectLabels(
  { truth, predicted, probability, labelProbability }: Answers,
  neighbours: ReadonlyMap<number, readonly number[]>,
): Set<number> {
  const sums = new Map<number, { sum: number; count: number }>()
  truth.forEach((label, row) => {
    const own = sums.get(label) ?? { sum: 0, count: 0 }
    sums.set(label, { sum: own.sum + labelProbability[row], count: own.count + 1 })
  })
  const isSuspect = ([row, near]: [number, readonly number[]]) => {
    const own = sums.get(predicted[row])
    const agree = near.filter(label => label === predicted[row]).length
    return own !== undefined && probability[row] >= own.sum / own.count && 2 * agree > near.length
  }
  return new Set([...neighbours].filter(isSuspect).map(([row]) => row))
}
