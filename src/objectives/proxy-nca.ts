/**
 * Proxy-NCA (Movshovitz-Attias et al., "No Fuss Distance Metric Learning using Proxies", ICCV 2017): one trained
 * vector per class stands for its images. Vectors and proxies are normalised and multiplied by `scale`; with
 * squared distances d, the loss of an image x of class y is -log of exp(-d(x, p_y)) / sum_z exp(-d(x, p_z)). The
 * paper leaves z = y out of the sum; like most who use it, we keep it.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { and, cast, mul, not, stopGradient, sub } from '../graph/ops/elementwise.ts'
import { gemm } from '../graph/ops/linear.ts'
import { crossEntropy, l2Normalise, oneHot } from '../graph/ops/softmax.ts'
import { float32 } from '../graph/tensor.ts'
import { mostSimilar } from './mining.ts'
import { defineObjective } from './objective.ts'
import { tripletStatistics } from './statistics.ts'

const options = z.object({
  scale: z.number().positive().default(3).describe('length of vectors and proxies'),
  proxyRate: z
    .number()
    .min(0)
    .default(1)
    .describe('learning rate of the proxies as a multiple of the network’s'),
})

/** Similarities (n, classes) to the own proxy and to the nearest other one. */
function proxyStatistics(cosines: Value, labels: Value): Record<string, Value> {
  const isOwn = cast(oneHot(labels, cosines.shape[1]), 'bool')
  const [own, other] = [isOwn, not(isOwn)].map(proxies => mostSimilar(cosines, proxies))
  return tripletStatistics(own, other, and(own.valid, other.valid))
}

export const proxyNca = defineObjective<z.infer<typeof options>>({
  name: 'proxy-nca',
  kind: 'embedding',
  summary: 'Proxy-NCA: pull an image to its class’s trained proxy, push it from all others',
  options,
  balanced: false,
  parameters: ({ classes, dim }, { proxyRate }) => ({
    proxies: {
      shape: [classes, dim],
      initialise: ({ normal }) =>
        float32(
          [classes, dim],
          Float32Array.from({ length: classes * dim }, () => normal()),
        ),
      rate: proxyRate,
    },
  }),
  build({ output, labels, parameters }, { scale }) {
    if (!parameters?.proxies) throw new Error('proxy-nca is built without its proxies')
    const cosines = gemm(l2Normalise(output), l2Normalise(parameters.proxies), undefined, { transB: true })
    const squaredDistances = mul(sub(1, cosines), 2 * scale * scale)
    return {
      loss: crossEntropy(mul(squaredDistances, -1), labels),
      statistics: proxyStatistics(stopGradient(cosines), labels),
    }
  },
})
