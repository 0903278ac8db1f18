/**
 * Classification by cosines with a margin: a trained vector for each class, its proxy, and the cross-entropy of
 * s cos(theta_j), theta_j being the angle between image and proxy, where the own class y must win by a margin m.
 *
 *   `arcface`   cos(theta_y + m), m an angle (Deng, Guo, Xue, Zafeiriou, "ArcFace", CVPR 2019, equation 3);
 *   `cosface`   cos(theta_y) - m (Wang et al., "CosFace: Large Margin Cosine Loss", CVPR 2018, equation 4);
 *   `sub-centre-arcface`  ArcFace on the largest cosine among several proxies of each class (Deng, Guo, Liu, Gong,
 *               Zafeiriou, "Sub-center ArcFace", ECCV 2020, section 3), which leaves room for noisy labels.
 *
 * Where theta_y + m would pass 180 degrees, ArcFace goes on falling as cos(theta_y) - m sin(m), as its authors' code
 * and pytorch-metric-learning do. At an angle of 0 or 180 degrees, where the root in sin(theta) has no derivative, it
 * counts as constant.
 */
import { z } from 'zod'
import type { Value } from '../graph/graph.ts'
import {
  cast,
  greater,
  greaterOrEqual,
  mul,
  sqrt,
  square,
  stopGradient,
  sub,
  where,
} from '../graph/ops/elementwise.ts'
import { reshape } from '../graph/ops/layout.ts'
import { reduceMax } from '../graph/ops/reduce.ts'
import { crossEntropy, oneHot } from '../graph/ops/softmax.ts'
import { defineObjective, type Objective } from './objective.ts'
import { cosinesToProxies, proxiesPerClass, proxyRate, proxyStatistics } from './proxies.ts'

const scale = z.number().positive().default(64).describe('factor of the cosines before the softmax')

const degrees = z
  .number()
  .min(0)
  .max(90)
  .default(28.6)
  .describe('angle, in degrees, that is added to the angle to the own proxy')

interface MarginSoftmax<Options> extends Pick<Objective<Options>, 'name' | 'summary' | 'options'> {
  /** proxies of each class; 1 unless given */
  perClass?(options: Options): number
  /** the own class's logit, from its cosine, before it is scaled */
  withMargin(cosines: Value, options: Options): Value
}

const defineMarginSoftmax = <Options extends { scale: number; proxyRate: number }>({
  perClass = () => 1,
  withMargin,
  ...rest
}: MarginSoftmax<Options>): Objective<Options> =>
  defineObjective({
    ...rest,
    kind: 'embedding',
    balanced: false,
    parameters: (sizes, options) => proxiesPerClass(sizes, options.proxyRate, perClass(options)),
    build(batch, options) {
      const all = cosinesToProxies(batch)
      const [n, rows] = all.shape
      const classes = rows / perClass(options)
      const cosines = reduceMax(reshape(all, [n, classes, perClass(options)]), [2])
      const isOwn = cast(oneHot(batch.labels, classes), 'bool')
      const logits = where(isOwn, withMargin(cosines, options), cosines)
      return {
        loss: crossEntropy(mul(logits, options.scale), batch.labels),
        statistics: proxyStatistics(stopGradient(cosines), batch.labels),
      }
    },
  })

/** Below this, 1 - cos^2 is rounding: the angle is 0 or 180 degrees. */
const straight = 1e-6

/** cos(theta + m), m in degrees; beyond 180 degrees cos(theta) - m sin(m). */
function angularMargin(cosines: Value, margin: number): Value {
  const m = (margin * Math.PI) / 180
  const squares = sub(1, square(cosines))
  const oblique = greater(squares, straight)
  const sines = where(oblique, sqrt(where(oblique, squares, 1)), 0)
  const turned = sub(mul(cosines, Math.cos(m)), mul(sines, Math.sin(m)))
  const within = greaterOrEqual(cosines, -Math.cos(m))
  return where(within, turned, sub(cosines, m * Math.sin(m)))
}

const arcfaceOptions = z.object({ margin: degrees, scale, proxyRate })

export const arcface = defineMarginSoftmax<z.infer<typeof arcfaceOptions>>({
  name: 'arcface',
  summary: 'ArcFace: classify by angles to trained proxies, the own one handicapped by an angle',
  options: arcfaceOptions,
  withMargin: (cosines, { margin }) => angularMargin(cosines, margin),
})

const cosfaceOptions = z.object({
  margin: z.number().min(0).max(2).default(0.35).describe('what is taken off the cosine to the own proxy'),
  scale,
  proxyRate,
})

export const cosface = defineMarginSoftmax<z.infer<typeof cosfaceOptions>>({
  name: 'cosface',
  summary: 'CosFace: classify by cosines to trained proxies, the own one handicapped by a margin',
  options: cosfaceOptions,
  withMargin: (cosines, { margin }) => sub(cosines, margin),
})

const subCentreOptions = arcfaceOptions.extend({
  subCentres: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('proxies of each class; the nearest counts'),
})

export const subCentreArcface = defineMarginSoftmax<z.infer<typeof subCentreOptions>>({
  name: 'sub-centre-arcface',
  summary: 'sub-centre ArcFace: several proxies for each class, of which the nearest counts',
  options: subCentreOptions,
  perClass: ({ subCentres }) => subCentres,
  withMargin: (cosines, { margin }) => angularMargin(cosines, margin),
})
