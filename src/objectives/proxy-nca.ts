/**
 * Proxy-NCA (Movshovitz-Attias et al., "No Fuss Distance Metric Learning using Proxies", ICCV 2017): one trained
 * vector per class stands for its images. Vectors and proxies are normalised and multiplied by `scale`; with
 * squared distances d, the loss of an image x of class y is -log of exp(-d(x, p_y)) / sum_z exp(-d(x, p_z)). The
 * paper leaves z = y out of the sum; like most who use it, we keep it.
 */
import { z } from 'zod'
import { mul, stopGradient, sub } from '../graph/ops/elementwise.ts'
import { crossEntropy } from '../graph/ops/softmax.ts'
import { defineObjective } from './objective.ts'
import { cosinesToProxies, proxiesPerClass, proxyRate, proxyStatistics } from './proxies.ts'

const options = z.object({
  scale: z.number().positive().default(3).describe('length of vectors and proxies'),
  proxyRate,
})

export const proxyNca = defineObjective<z.infer<typeof options>>({
  name: 'proxy-nca',
  kind: 'embedding',
  summary: 'Proxy-NCA: pull an image to its class’s trained proxy, push it from all others',
  options,
  balanced: false,
  parameters: (sizes, { proxyRate }) => proxiesPerClass(sizes, proxyRate),
  build(batch, { scale }) {
    const cosines = cosinesToProxies(batch)
    const squaredDistances = mul(sub(1, cosines), 2 * scale * scale)
    return {
      loss: crossEntropy(mul(squaredDistances, -1), batch.labels),
      statistics: proxyStatistics(stopGradient(cosines), batch.labels),
    }
  },
})
