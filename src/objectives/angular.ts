/**
 * Angular loss (Wang, Zhou, Wen, Liu, Lin, "Deep Metric Learning with Angular Loss", ICCV 2017, equation 5 and its smooth form): in
 * the triangle of anchor a, positive p and negative n, the angle at n must stay below alpha. With unit vectors and
 * t = tan(alpha), the loss of an ordered pair (a, p) of a class is
 *
 *   log(1 + sum_n exp(4 t^2 (a + p).n - 2 (1 + t^2) a.p)),   mean over pairs.
 *
 * The paper takes one pair of each class and the others' images as negatives; here all pairs and all strangers of the
 * batch count, as in pytorch-metric-learning, which leaves the length of n as it is. A batch of b images takes b^3 numbers.
 */
import { z } from 'zod'
import { add, mul, softplus, sub } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { definePairObjective } from './pairs.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'

const options = z.object({
  alpha: z
    .number()
    .positive()
    .lt(90)
    .default(40)
    .describe('largest angle, in degrees, at a stranger of two classmates; the paper takes 36 to 55'),
})

export const angular = definePairObjective<z.infer<typeof options>>({
  name: 'angular',
  summary: 'angular: a stranger must see two classmates under a small angle',
  options,
  loss({ similarities, positive, negative }, { alpha }) {
    const [n] = similarities.shape
    const t2 = Math.tan((alpha * Math.PI) / 180) ** 2
    const toStrangers = add(reshape(similarities, [n, 1, n]), reshape(similarities, [1, n, n]))
    const scores = sub(mul(toStrangers, 4 * t2), mul(reshape(similarities, [n, n, 1]), 2 * (1 + t2)))
    return reduceLosses(softplus(maskedLogSumExp(scores, reshape(negative, [n, 1, n]))), positive)
  },
})
