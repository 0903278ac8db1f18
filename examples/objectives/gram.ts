// An objective of one's own in a file: `glasshouse train DATA --objective examples/objectives/gram.ts --set weight=2`.
import {
  cast,
  defineObjective,
  equal,
  gemm,
  l2Normalise,
  mul,
  reduceMean,
  reshape,
  square,
  sub,
} from 'glasshouse'
import { z } from 'zod'

/** The Gram matrix of unit vectors should be the matrix of shared labels: mean squared difference. */
export default defineObjective({
  name: 'gram',
  kind: 'embedding',
  summary: 'cosines of classmates to 1, of all others to 0',
  options: z.object({ weight: z.number().positive().default(1).describe('factor of the loss') }),
  balanced: true,
  build({ output, labels }, { weight }) {
    const [n] = output.shape
    const unit = l2Normalise(output)
    const cosines = gemm(unit, unit, undefined, { transB: true })
    const same = cast(equal(reshape(labels, [n, 1]), reshape(labels, [1, n])), 'float32')
    return { loss: mul(reduceMean(square(sub(cosines, same))), weight), statistics: {} }
  },
})
