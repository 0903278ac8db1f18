/**
 * The contrastive loss (Hadsell, Chopra, LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", CVPR
 * 2006, equation 4) on distances D of unit vectors. The paper squares both terms; like pytorch-metric-learning we do
 * not, and take the mean over those above 0 of each kind:
 *
 *   mean of max(0, D_ap - positiveMargin)  +  mean of max(0, negativeMargin - D_an).
 */
import { z } from 'zod'
import { add, relu, sub } from '../graph/ops/elementwise.ts'
import { memoryOptions, withMemory } from './memory.ts'
import { meanOfPositive } from './reduction.ts'
import { distances } from './similarity.ts'

const options = z.object({
  positiveMargin: z
    .number()
    .min(0)
    .max(2)
    .default(0)
    .describe('distance within which classmates are not pulled'),
  negativeMargin: z
    .number()
    .min(0)
    .max(2)
    .default(1)
    .describe('distance beyond which strangers are not pushed'),
  ...memoryOptions,
})

export const contrastive = withMemory<z.infer<typeof options>>({
  name: 'contrastive',
  summary: 'contrastive: classmates to distance 0, strangers beyond a margin',
  options,
  loss({ similarities, positive, negative }, { positiveMargin, negativeMargin }) {
    const apart = distances(similarities)
    return add(
      meanOfPositive(relu(sub(apart, positiveMargin)), positive),
      meanOfPositive(relu(sub(negativeMargin, apart)), negative),
    )
  },
})
