/**
 * The generalised lifted structure loss (Hermans, Beyer, Leibe, "In Defense of the Triplet Loss for Person
 * Re-Identification", 2017, section 2). With distances D of unit vectors, the mean over anchors a of
 *
 *   max(0, log(sum_p exp(D_ap - positiveMargin)) + log(sum_n exp(negativeMargin - D_an))).
 *
 * The paper has no positive margin. A sum over nobody counts as a logarithm of 0, as in pytorch-metric-learning: an
 * anchor without classmates is still pushed.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { add, relu, sub, where } from '../graph/ops/elementwise.ts'
import { reduceMean } from '../graph/ops/reduce.ts'
import { memoryOptions, withMemory } from './memory.ts'
import { hasAny } from './pairs.ts'
import { maskedLogSumExp } from './reduction.ts'
import { distances } from './similarity.ts'

const options = z.object({
  negativeMargin: z.number().min(0).default(1).describe('distance beyond which strangers hardly count'),
  positiveMargin: z.number().min(0).default(0).describe('distance within which classmates hardly count'),
  ...memoryOptions,
})

const logSum = (scores: Value, mask: Value): Value => where(hasAny(mask), maskedLogSumExp(scores, mask), 0)

export const generalisedLifted = withMemory<z.infer<typeof options>>({
  name: 'generalised-lifted',
  summary: 'generalised lifted structure: all classmates of an anchor against all its strangers',
  options,
  loss({ similarities, positive, negative }, { negativeMargin, positiveMargin }) {
    const apart = distances(similarities)
    const pull = logSum(sub(apart, positiveMargin), positive)
    const push = logSum(sub(negativeMargin, apart), negative)
    return reduceMean(relu(add(pull, push)))
  },
})
