/**
 * N-pair (Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", NIPS 2016, equation 6
 * and its l2 regularisation): the first image of each class in the batch is an anchor, the second its positive,
 * and the positives of all other classes its negatives. With dot products of vectors that are not normalised, unless
 * `normalise` asks for it as pytorch-metric-learning does,
 *
 *   mean over pairs of log(1 + sum_j exp(a.p_j - a.p))  +  l2 * mean over pairs of |a|^2 + |p|^2.
 */
import { z } from 'zod'
import { add, and, cast, equal, mul, sub } from '../graph/ops/elementwise.ts'
import { gatherElements, reshape } from '../graph/ops/layout.ts'
import { gemm } from '../graph/ops/linear.ts'
import { argMax, reduceSumSquare } from '../graph/ops/reduce.ts'
import { l2Normalise } from '../graph/ops/softmax.ts'
import { rankInClass } from './mining.ts'
import { defineObjective } from './objective.ts'
import { hasAny } from './pairs.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'
import { cosineSimilarities, pairMasks } from './similarity.ts'
import { nearestStatistics } from './statistics.ts'

const options = z.object({
  l2: z.number().min(0).default(0.02).describe('weight of the mean squared length of the vectors'),
  scale: z.number().positive().default(1).describe('factor of the dot products'),
  normalise: z.enum(['no', 'yes']).default('no').describe('whether vectors are brought to length 1 first'),
})

export const npair = defineObjective<z.infer<typeof options>>({
  name: 'npair',
  kind: 'embedding',
  summary: 'N-pair: each class’s first image against the second images of all classes',
  options,
  balanced: true,
  build({ output, labels }, { l2, scale, normalise }) {
    const [n] = output.shape
    const vectors = normalise === 'yes' ? l2Normalise(output) : output
    const masks = pairMasks(labels)
    const rank = rankInClass(masks.positive)
    const isSecond = reshape(equal(rank, 1), [1, n])
    const partners = and(masks.positive, isSecond)
    const isAnchor = and(equal(rank, 0), hasAny(partners))

    const products = mul(gemm(vectors, vectors, undefined, { transB: true }), scale)
    const partner = argMax(cast(partners, 'float32'), 1, true)
    const own = reshape(gatherElements(products, partner, 1), [n])
    const all = maskedLogSumExp(products, isSecond)
    const squares = reduceSumSquare(vectors, [1], true)
    const lengths = add(squares, gatherElements(squares, partner, 0))
    const loss = reduceLosses(sub(all, own), isAnchor)
    return {
      loss: l2 === 0 ? loss : add(loss, mul(reduceLosses(reshape(lengths, [n]), isAnchor), l2)),
      statistics: nearestStatistics(cosineSimilarities(output), masks),
    }
  },
})
