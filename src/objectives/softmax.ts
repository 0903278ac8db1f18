/**
 * The classifier's objective: mean cross-entropy of the logits, with label smoothing (Szegedy et al. 2016).
 */
import { z } from 'zod'
import { cast, equal } from '../graph/ops/elementwise.ts'
import { argMax, reduceMean } from '../graph/ops/reduce.ts'
import { crossEntropy } from '../graph/ops/softmax.ts'
import { defineObjective } from './objective.ts'

const options = z.object({
  smoothing: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('share of the target that is spread over all classes'),
})

export const softmax = defineObjective<z.infer<typeof options>>({
  name: 'softmax',
  kind: 'classes',
  summary: 'classify: cross-entropy of the softmax of the logits',
  options,
  balanced: false,
  build({ output, labels }, { smoothing }) {
    const right = cast(equal(argMax(output, 1), labels), 'float32')
    return { loss: crossEntropy(output, labels, smoothing), statistics: { accuracy: reduceMean(right) } }
  },
})
