/**
 * Neighbourhood components analysis (Goldberger et al., NIPS 2004) on a batch: with p_ij the softmax over j of
 * -scale * D_ij^2, D being distances of unit vectors, an anchor loses -log of the share that falls on its class.
 */
import { z } from 'zod'
import { cast, mul, or, sub } from '../graph/ops/elementwise.ts'
import { reduceMax } from '../graph/ops/reduce.ts'
import { defineObjective } from './objective.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'
import { cosineSimilarities, pairMasks, squaredDistances } from './similarity.ts'
import { nearestStatistics } from './statistics.ts'

const options = z.object({
  scale: z.number().positive().default(1).describe('factor of the squared distances'),
})

export const nca = defineObjective<z.infer<typeof options>>({
  name: 'nca',
  kind: 'embedding',
  summary: 'neighbourhood components: the share of an anchor’s neighbourhood that is its class',
  options,
  balanced: true,
  build({ output, labels }, { scale }) {
    const similarities = cosineSimilarities(output)
    const masks = pairMasks(labels)
    const logits = mul(squaredDistances(similarities), -scale)
    const among = maskedLogSumExp(logits, or(masks.positive, masks.negative))
    const classmates = maskedLogSumExp(logits, masks.positive)
    const hasClassmate = cast(reduceMax(cast(masks.positive, 'float32'), [1]), 'bool')
    return {
      loss: reduceLosses(sub(among, classmates), hasClassmate),
      statistics: nearestStatistics(similarities, masks),
    }
  },
})
