/**
 * Lifted structure (Oh Song, Xiang, Jegelka, Savarese, CVPR 2016, equation 4): every pair (i, j) of a class is
 * pulled against the strangers of both. With distances D of unit vectors,
 *
 *   J_ij = D_ij + log(sum_k exp(margin - D_ik) + sum_l exp(margin - D_jl)),   loss = mean of max(0, J_ij)^2, halved.
 */
import { z } from 'zod'
import { add, mul, relu, softplus, square, sub } from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { defineObjective } from './objective.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'
import { cosineSimilarities, distances, pairMasks } from './similarity.ts'
import { nearestStatistics } from './statistics.ts'

const options = z.object({
  margin: z.number().min(0).default(1).describe('distance beyond which strangers hardly count'),
})

export const lifted = defineObjective<z.infer<typeof options>>({
  name: 'lifted',
  kind: 'embedding',
  summary: 'lifted structure: every pair of a class against all strangers of both',
  options,
  balanced: true,
  build({ output, labels }, { margin }) {
    const [n] = labels.shape
    const similarities = cosineSimilarities(output)
    const masks = pairMasks(labels)
    const apart = distances(similarities)
    const push = maskedLogSumExp(sub(margin, apart), masks.negative)
    const [mine, theirs] = [reshape(push, [n, 1]), reshape(push, [1, n])]
    // log(exp(a) + exp(b)) = a + softplus(b - a)
    const both = add(mine, softplus(sub(theirs, mine)))
    const losses = square(relu(add(apart, both)))
    return {
      loss: mul(reduceLosses(losses, masks.positive), 0.5),
      statistics: nearestStatistics(similarities, masks),
    }
  },
})
