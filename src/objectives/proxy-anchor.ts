/**
 * Proxy-Anchor (Kim, Kim, Cho, Kwak, "Proxy Anchor Loss for Deep Metric Learning", CVPR 2020, equation 4): a trained
 * proxy for each class is the anchor, and the images of the batch are its positives and negatives. With cosines S,
 *
 *   mean over proxies p with positives of log(1 + sum of exp(-alpha (S_xp - margin)) over images x of the class)
 *   + mean over all proxies of log(1 + sum of exp(alpha (S_xp + margin)) over images x of other classes).
 */
import { z } from 'zod'
import { add, cast, mul, not, softplus, stopGradient, sub } from '../graph/ops/elementwise.ts'
import { transpose } from '../graph/ops/layout.ts'
import { reduceMean } from '../graph/ops/reduce.ts'
import { oneHot } from '../graph/ops/softmax.ts'
import { defineObjective } from './objective.ts'
import { hasAny } from './pairs.ts'
import { cosinesToProxies, proxiesPerClass, proxyRate, proxyStatistics } from './proxies.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'

const options = z.object({
  margin: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('similarity that a positive should pass, and whose opposite a negative should not'),
  alpha: z.number().positive().default(32).describe('how sharply the hardest images count more'),
  proxyRate,
})

export const proxyAnchor = defineObjective<z.infer<typeof options>>({
  name: 'proxy-anchor',
  kind: 'embedding',
  summary:
    'Proxy-Anchor: each class’s trained proxy pulls its images and pushes all others, hard ones the most',
  options,
  balanced: false,
  parameters: (sizes, { proxyRate }) => proxiesPerClass(sizes, proxyRate),
  build(batch, { margin, alpha }) {
    const cosines = cosinesToProxies(batch)
    const byProxy = transpose(cosines)
    const isOwn = cast(transpose(oneHot(batch.labels, cosines.shape[1])), 'bool')
    const pull = softplus(maskedLogSumExp(mul(sub(byProxy, margin), -alpha), isOwn))
    const push = softplus(maskedLogSumExp(mul(add(byProxy, margin), alpha), not(isOwn)))
    return {
      loss: add(reduceLosses(pull, hasAny(isOwn)), reduceMean(push)),
      statistics: proxyStatistics(stopGradient(cosines), batch.labels),
    }
  },
})
