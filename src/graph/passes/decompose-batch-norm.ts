/**
 * Batch normalisation in training mode, written out in operators that every device has. The CPU kernel's training mode
 * uses a single thread (`npm run bench -- pass-decompose-batch-norm`), and WebGPU has none.
 */
import { batchNormTraining } from '../ops/normalisation.ts'
import { floatAttribute, integerAttribute } from '../ops/rule.ts'
import type { Pass } from './rewrite.ts'

export const decomposeBatchNorm: Pass = () => ({
  BatchNormalization: (node, [x, scale, bias]) => {
    if (integerAttribute(node, 'training_mode', 0) !== 1 || floatAttribute(node, 'momentum', 0.9) !== 0)
      return undefined
    const epsilon = floatAttribute(node, 'epsilon', 1e-5)
    const { output, mean, variance } = batchNormTraining(x!, scale!, bias!, epsilon, 'decomposed')
    return [output, mean, variance]
  },
})
