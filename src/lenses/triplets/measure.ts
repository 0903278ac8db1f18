/**
 * What is measured of a frame of the triplet scatter. A dot is an anchor; x is the similarity to its nearest image
 * of the same class, y to its nearest of any other. Right of the diagonal the nearest neighbour is a classmate, so
 * the share of such dots is recall at 1. The ideal is (1, 0).
 */
import { createTripletMeasures, distanceToIdeal } from '../../embedding/triplet-measures.ts'
import type { TripletFrame } from '../../runs/embedding-run.ts'

export interface FrameMeasures {
  epoch: number
  /** anchors that have a classmate; the others are left out of every number */
  anchors: number
  /** share of the dots right of the diagonal: recall at 1 */
  shareCorrect: number
  /** mean distance of the dots to (1, 0) */
  meanDistance: number
  /** share of dots with both similarities above 0.8: classes near each other, and near to collapse */
  topRight: number
}

/** Anchors with a classmate and an image of another class, by their rows: those that are dots. */
export function dotsOf({ positive, negative }: TripletFrame): Int32Array {
  const rows: number[] = []
  for (let row = 0; row < positive.length; row++) if (positive[row] >= 0 && negative[row] >= 0) rows.push(row)
  return Int32Array.from(rows)
}

/** Whether the nearest neighbour is a classmate; where both are as near, the first of the data counts, as in recall. */
export function isCorrect(frame: TripletFrame, row: number): boolean {
  const { positive, negative, positiveSimilarity: x, negativeSimilarity: y } = frame
  if (positive[row] < 0 || negative[row] < 0) return negative[row] < 0
  return x[row] > y[row] || (x[row] === y[row] && positive[row] < negative[row])
}

/** By dot, in the order of `dotsOf`. */
export const distancesOf = (frame: TripletFrame): Float64Array =>
  Float64Array.from(dotsOf(frame), row =>
    distanceToIdeal(frame.positiveSimilarity[row], frame.negativeSimilarity[row]),
  )

export function measure(frame: TripletFrame): FrameMeasures {
  const { epoch, positive, positiveSimilarity: x, negativeSimilarity: y } = frame
  const dots = dotsOf(frame)
  const classmates = positive.reduce((count, place) => count + (place >= 0 ? 1 : 0), 0)
  let correct = 0
  for (let row = 0; row < positive.length; row++) if (positive[row] >= 0 && isCorrect(frame, row)) correct++
  const measures = createTripletMeasures()
  for (const row of dots) measures.take(x[row], y[row])
  const { meanDistance, topRight } = measures.end() ?? { meanDistance: 0, topRight: 0 }
  return {
    epoch,
    anchors: classmates,
    // Of no anchors there is no share, as there is no recall.
    shareCorrect: classmates ? correct / classmates : Number.NaN,
    meanDistance,
    topRight,
  }
}
