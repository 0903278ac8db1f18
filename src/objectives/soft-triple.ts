/**
 * SoftTriple (Qian, Shang, Sun, Hu, Li, Jin, "SoftTriple Loss: Deep Metric Learning Without Triplet Sampling", ICCV
 * 2019, sections 3.2 and 3.3): several trained centres for each class. The similarity of an image to a class is the mean of
 * its cosines to the centres, weighted by their softmax at temperature `gamma`; of lambda times these, with `margin`
 * taken off at the own class, the loss is the cross-entropy. `tau` weighs the paper's regulariser, half the mean
 * distance between centres of a class, which merges those that are not needed. The paper takes 0.2; 0 is the default of
 * pytorch-metric-learning, and ours.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { add, div, mul, stopGradient, sub } from '../graph/ops/elementwise.ts'
import { reshape, transpose } from '../graph/ops/layout.ts'
import { matmul } from '../graph/ops/linear.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { crossEntropy, l2Normalise, oneHot, softmax } from '../graph/ops/softmax.ts'
import { defineObjective } from './objective.ts'
import { cosinesToProxies, proxiesPerClass, proxyRate, proxyStatistics } from './proxies.ts'
import { distances } from './similarity.ts'

const options = z.object({
  centres: z.number().int().min(1).max(100).default(10).describe('trained centres of each class'),
  lambda: z.number().positive().default(20).describe('factor of the similarities before the softmax'),
  gamma: z.number().positive().default(0.1).describe('temperature at which the centres of a class compete'),
  margin: z
    .number()
    .min(0)
    .max(2)
    .default(0.01)
    .describe('what is taken off the similarity to the own class'),
  tau: z
    .number()
    .min(0)
    .default(0)
    .describe('weight of half the mean distance between centres of a class; the paper takes 0.2'),
  proxyRate,
})

/** Half the mean distance of two centres of a class: each pair stands twice among the distances. proxies (classes x centres, dim). */
function spread(proxies: Value, classes: number, centres: number): Value {
  const unit = reshape(l2Normalise(proxies), [classes, centres, proxies.shape[1]])
  const apart = distances(matmul(unit, transpose(unit, [0, 2, 1])))
  return div(reduceSum(apart), 2 * classes * centres * (centres - 1))
}

export const softTriple = defineObjective<z.infer<typeof options>>({
  name: 'soft-triple',
  kind: 'embedding',
  summary: 'SoftTriple: classify by similarities to several trained centres of each class',
  options,
  balanced: false,
  parameters: (sizes, { proxyRate, centres }) => proxiesPerClass(sizes, proxyRate, centres),
  build(batch, { centres, lambda, gamma, margin, tau }) {
    const all = cosinesToProxies(batch)
    const [n, rows] = all.shape
    const classes = rows / centres
    const cosines = reshape(all, [n, classes, centres])
    const similarities = reduceSum(mul(softmax(div(cosines, gamma)), cosines), [2])
    const logits = sub(similarities, mul(oneHot(batch.labels, classes), margin))
    const loss = crossEntropy(mul(logits, lambda), batch.labels)
    return {
      loss:
        tau > 0 && centres > 1
          ? add(loss, mul(spread(batch.parameters!.proxies, classes, centres), tau))
          : loss,
      statistics: proxyStatistics(stopGradient(similarities), batch.labels),
    }
  },
})
