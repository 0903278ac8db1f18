/**
 * Neighbourhood components analysis (Goldberger et al., NIPS 2004) on a batch: with p_ij the softmax over j of
 * -scale * D_ij^2, D being distances of unit vectors, an anchor loses -log of the share that falls on its class.
 */
import { z } from 'zod'
import { mul, or, sub } from '../graph/ops/elementwise.ts'
import { memoryOptions, withMemory } from './memory.ts'
import { hasAny } from './pairs.ts'
import { maskedLogSumExp, reduceLosses } from './reduction.ts'
import { squaredDistances } from './similarity.ts'

const options = z.object({
  scale: z.number().positive().default(1).describe('factor of the squared distances'),
  ...memoryOptions,
})

export const nca = withMemory<z.infer<typeof options>>({
  name: 'nca',
  summary: 'neighbourhood components: the share of an anchor’s neighbourhood that is its class',
  options,
  loss({ similarities, positive, negative }, { scale }) {
    const logits = mul(squaredDistances(similarities), -scale)
    const among = maskedLogSumExp(logits, or(positive, negative))
    const classmates = maskedLogSumExp(logits, positive)
    return reduceLosses(sub(among, classmates), hasAny(positive))
  },
})
