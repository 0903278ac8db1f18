/** How far a mean accuracy is to be trusted. */
import { meanOf } from '../../base/statistics.ts'

/** 97.5 % quantiles of Student's t, by degrees of freedom from 1 on. */
const studentT = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
const normal = 1.96

export type Interval = [low: number, high: number]

/**
 * The 95 % interval of the mean over seeds, from their spread, but never narrower than the number of images allows
 * (Wilson 1927): a few seeds can agree by chance. Of one seed, the number of images alone decides.
 *
 * @param images independent ones that each seed was tested on, on average
 */
export function intervalOf(accuracies: readonly number[], images: number): Interval {
  const n = accuracies.length
  const mean = meanOf(accuracies)
  const byImages = wilson(mean, n * images)
  if (n < 2) return byImages
  const variance = accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  const reach = (studentT[n - 2] ?? normal) * Math.sqrt(variance / n)
  return [Math.max(0, Math.min(mean - reach, byImages[0])), Math.min(1, Math.max(mean + reach, byImages[1]))]
}

function wilson(share: number, images: number): Interval {
  const square = normal ** 2
  const centre = (share + square / (2 * images)) / (1 + square / images)
  const reach =
    (normal * Math.sqrt((share * (1 - share)) / images + square / (4 * images ** 2))) / (1 + square / images)
  return [Math.max(0, centre - reach), Math.min(1, centre + reach)]
}

/**
 * How many independent answers the answers to all forms are worth. Those to the forms of one image hang together: who takes
 * a mirrored image for its original takes the original for mirrored. From the spread between images (Kish 1965, design effect).
 *
 * @param shares of the forms that were named right, image by image
 */
export function independentAnswers(shares: readonly number[], forms: number): number {
  const mean = meanOf(shares)
  // Nothing can be seen of how forms hang together where all are right.
  if (mean === 0 || mean === 1) return shares.length
  const spread = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length
  return Math.min(forms, (mean * (1 - mean)) / spread) * shares.length
}
