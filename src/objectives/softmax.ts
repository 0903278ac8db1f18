/**
 * The classifier's objective: mean cross-entropy of the logits, with label smoothing (Szegedy et al. 2016).
 *
 * With weights of classes the mean is weighted by those of the images' classes, and the smoothed share by those of all
 * classes, as `cross_entropy` of PyTorch does. `focal` multiplies what an image adds by (1 - p)^focal, p being the
 * probability of its class (Lin et al. 2017, equation 4): images that are right with certainty count little. The sum of
 * weights that it is divided by stays.
 *
 * A batch that is mixed of two has two labels for each image; its loss is the mean of both, weighted by their shares
 * (Zhang et al. 2018, "mixup").
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { add, cast, clip, div, equal, exp, mul, neg, pow, sub } from '../graph/ops/elementwise.ts'
import { argMax, reduceMean, reduceSum } from '../graph/ops/reduce.ts'
import { crossEntropy, logSoftmax, oneHot } from '../graph/ops/softmax.ts'
import { float32 } from '../graph/tensor.ts'
import { defineObjective } from './objective.ts'

const options = z.object({
  smoothing: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('share of the target that is spread over all classes'),
  focal: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      'how little images count that are right with certainty (focal loss; 2 in the paper); 0: all alike',
    ),
  classWeights: z
    .array(z.number().min(0))
    .optional()
    .describe('one for each class, in their order; `train --class-weights` gives them'),
})
type Options = z.infer<typeof options>

export const softmax = defineObjective<Options>({
  name: 'softmax',
  kind: 'classes',
  summary: 'classify: cross-entropy of the softmax of the logits',
  options,
  balanced: false,
  mixes: true,
  build({ output, labels, mixed }, settings) {
    const own = weightedMean(output, labels, settings)
    const right = cast(equal(argMax(output, 1), labels), 'float32')
    return {
      loss: mixed
        ? add(mul(own, mixed.share), mul(weightedMean(output, mixed.labels, settings), sub(1, mixed.share)))
        : own,
      statistics: { accuracy: reduceMean(right) },
    }
  },
})

/** Under it 1 - p counts as this: a power below 1 has no slope at 0. */
const leastDoubt = 1e-7

function weightedMean(logits: Value, labels: Value, { smoothing, focal, classWeights }: Options): Value {
  if (!focal && !classWeights) return crossEntropy(logits, labels, smoothing)
  const classes = logits.shape[1]
  if (classWeights && classWeights.length !== classes)
    throw new Error(`${classWeights.length} class weights for ${classes} classes`)
  const weights =
    classWeights && logits.graph.constant(float32([1, classes], Float32Array.from(classWeights)))
  const target = oneHot(labels, classes)
  const logProbabilities = logSoftmax(logits)
  const weighted = weights ? mul(logProbabilities, weights) : logProbabilities
  const sums = (of: Value) => reduceSum(of, [1])
  let losses = neg(sums(mul(weighted, target)))
  if (smoothing) losses = sub(mul(losses, 1 - smoothing), mul(sums(weighted), smoothing / classes))
  if (focal) {
    const doubt = clip(sub(1, exp(sums(mul(logProbabilities, target)))), leastDoubt, 1)
    losses = mul(losses, pow(doubt, focal))
  }
  return weights ? div(reduceSum(losses), reduceSum(mul(target, weights))) : reduceMean(losses)
}
