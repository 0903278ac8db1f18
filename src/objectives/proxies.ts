/** Proxies: trained vectors that stand for classes, for objectives that compare images with them. */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import { and, cast, not } from '../graph/ops/elementwise.ts'
import { gemm } from '../graph/ops/linear.ts'
import { l2Normalise, oneHot } from '../graph/ops/softmax.ts'
import { float32 } from '../graph/tensor.ts'
import { mostSimilar } from './mining.ts'
import type { Batch, ObjectiveParameter } from './objective.ts'
import { tripletStatistics } from './statistics.ts'

/** The option of every objective that has proxies. */
export const proxyRate = z
  .number()
  .min(0)
  .default(1)
  .describe('learning rate of the proxies as a multiple of the network’s')

/** `perClass` proxies for each class, those of a class in successive rows: directions drawn evenly. */
export function proxiesPerClass(
  { classes, dim }: { classes: number; dim: number },
  rate: number,
  perClass = 1,
): { proxies: ObjectiveParameter } {
  const shape = [classes * perClass, dim]
  const initialise: ObjectiveParameter['initialise'] = ({ normals }) =>
    float32(shape, normals(new Float32Array(classes * perClass * dim)))
  return { proxies: { shape, initialise, rate } }
}

/** (n, proxies): cosines of the images of a batch to all proxies. */
export function cosinesToProxies({ output, parameters }: Batch): Value {
  if (!parameters?.proxies) throw new Error('an objective with proxies is built without them')
  return gemm(l2Normalise(output), l2Normalise(parameters.proxies), undefined, { transB: true })
}

/** What to watch of cosines (n, classes): those to the own class and to the nearest other one. */
export function proxyStatistics(cosines: Value, labels: Value): Record<string, Value> {
  const isOwn = cast(oneHot(labels, cosines.shape[1]), 'bool')
  const [own, other] = [isOwn, not(isOwn)].map(proxies => mostSimilar(cosines, proxies))
  return tripletStatistics(own, other, and(own.valid, other.valid))
}
