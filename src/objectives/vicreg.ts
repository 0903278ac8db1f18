/**
 * VICReg (Bardes, Ponce, LeCun, "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning",
 * ICLR 2022, equations 1 to 6), for views of the same thing rather than for classes: it has no negatives. The two views
 * are here two images of a class: its first with its second in the batch, its third with its fourth, and so on; an image
 * that is left over counts for nothing. Vectors are not normalised. With Z and Z' the views, N their number, d their
 * length,
 *
 *   invariance   mean of (z - z')^2,
 *   variance     mean over the d numbers of max(0, 1 - sqrt(var + epsilon)), halved, of Z and of Z',
 *   covariance   sum of the squared covariances of different numbers by d, of Z and of Z'.
 *
 * The halves are those of the authors' code and of pytorch-metric-learning; the paper does not halve.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import {
  add,
  and,
  cast,
  div,
  equal,
  floor,
  maximum,
  mul,
  relu,
  sqrt,
  square,
  sub,
  where,
} from '../graph/ops/elementwise.ts'
import { gather, reshape, transpose } from '../graph/ops/layout.ts'
import { matmul } from '../graph/ops/linear.ts'
import { argMax, reduceMean, reduceSum } from '../graph/ops/reduce.ts'
import { rankInClass } from './mining.ts'
import { defineObjective } from './objective.ts'
import { hasAny } from './pairs.ts'
import { reduceLosses } from './reduction.ts'
import { cosineSimilarities, maskWhere, pairMasks } from './similarity.ts'
import { nearestStatistics } from './statistics.ts'

const options = z.object({
  invariance: z.number().min(0).default(25).describe('weight of the distance between views'),
  variance: z.number().min(0).default(25).describe('weight of what each number lacks to a deviation of 1'),
  covariance: z.number().min(0).default(1).describe('weight of the covariances between numbers'),
  epsilon: z.number().positive().default(1e-4).describe('what is added to a variance before its root'),
})

interface Views {
  /** the first and the second view of each pair at the place of the first: (n, dim) */
  views: readonly [Value, Value]
  /** (n) bool: whether an image is the first of a pair */
  isFirst: Value
}

/** Pairs of images that follow each other among those of their class. `positive` (n, n) bool: the class, without itself. */
function viewsOf(output: Value, positive: Value): Views {
  const [n] = output.shape
  const rank = rankInClass(positive)
  const isNext = equal(add(reshape(rank, [n, 1]), 1), reshape(rank, [1, n]))
  const partners = and(positive, isNext)
  const isEven = equal(sub(rank, mul(floor(mul(rank, 0.5)), 2)), 0)
  const partner = argMax(cast(partners, 'float32'), 1)
  return { views: [output, gather(output, partner)], isFirst: and(isEven, hasAny(partners)) }
}

/** Covariances (dim, dim) of the rows that have a weight of 1, by their number less one. weights (n, 1). */
function covariances(rows: Value, weights: Value): Value {
  const count = maximum(reduceSum(weights), 1)
  const mean = div(reduceSum(mul(rows, weights), [0], true), count)
  const centred = mul(sub(rows, mean), weights)
  return div(matmul(transpose(centred), centred), maximum(sub(count, 1), 1))
}

export const vicreg = defineObjective<z.infer<typeof options>>({
  name: 'vicreg',
  kind: 'embedding',
  summary: 'VICReg: images of a class alike, every number of a vector varied, no two of them together',
  options,
  balanced: true,
  build({ output, labels }, { invariance, variance, covariance, epsilon }) {
    const [n, dim] = output.shape
    const masks = pairMasks(labels)
    const { views, isFirst } = viewsOf(output, masks.positive)
    const weights = reshape(cast(isFirst, 'float32'), [n, 1])
    const moved = reduceMean(square(sub(...views)), [1])
    const diagonal = cast(
      maskWhere(output, [dim, dim], (row, column) => row === column),
      'float32',
    )
    const ofViews = views.map(view => {
      const matrix = covariances(view, weights)
      const variances = reduceSum(mul(matrix, diagonal), [1])
      const lacking = reduceMean(relu(sub(1, sqrt(add(variances, epsilon)))))
      const together = div(reduceSum(square(mul(matrix, sub(1, diagonal)))), dim)
      return add(mul(lacking, variance / 2), mul(together, covariance))
    })
    // Without a pair there is nothing to vary.
    const spread = where(hasAny(isFirst), add(ofViews[0], ofViews[1]), 0)
    return {
      loss: add(mul(reduceLosses(moved, isFirst), invariance), spread),
      statistics: nearestStatistics(cosineSimilarities(output), masks),
    }
  },
})
