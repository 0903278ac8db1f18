/**
 * Circle loss (Sun et al., "Circle Loss: A Unified Perspective of Pair Similarity Optimization", CVPR 2020, section 3, with
 * labels of classes). With cosines S, m the margin and [] detached, the loss of an anchor is
 *
 *   log(1 + sum_n exp(gamma [S_an + m]+ (S_an - m)) sum_p exp(-gamma [1 + m - S_ap]+ (S_ap - 1 + m))),
 *
 * mean over anchors that have a positive and a negative. The weights in [] say how far a similarity is from its optimum;
 * no gradient flows through them, so the gradient is not that of the loss as a function of the vectors.
 */
import { z } from 'zod'
import { add, and, mul, relu, softplus, stopGradient, sub } from '../graph/ops/elementwise.ts'
import { memoryOptions, withMemory } from './memory.ts'
import { hasAny } from './pairs.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'

const options = z.object({
  margin: z
    .number()
    .min(0)
    .max(1)
    .default(0.4)
    .describe('classmates should be more similar than 1 - margin, strangers less than margin'),
  gamma: z.number().positive().default(80).describe('factor of the weighted similarities'),
  ...memoryOptions,
})

export const circle = withMemory<z.infer<typeof options>>({
  name: 'circle',
  summary: 'circle: each pair weighted by how far its similarity is from its optimum',
  options,
  loss({ similarities, positive, negative }, { margin, gamma }) {
    const detached = stopGradient(similarities)
    const pull = mul(mul(relu(sub(1 + margin, detached)), sub(similarities, 1 - margin)), -gamma)
    const push = mul(mul(relu(add(detached, margin)), sub(similarities, margin)), gamma)
    const losses = softplus(add(maskedLogSumExp(pull, positive), maskedLogSumExp(push, negative)))
    return reduceLosses(losses, and(hasAny(positive), hasAny(negative)))
  },
})
