// An objective of one's own: a function from embeddings and labels to a scalar. Glasshouse differentiates it.
import {
  cast,
  defineObjective,
  equal,
  evaluateObjective,
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
const gram = defineObjective({
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

const embeddings = Float32Array.from([1, 0.1, 0.9, 0.5, 0, 1, -0.3, 0.8])
const { loss, gradient } = await evaluateObjective(
  gram,
  { weight: 2 },
  { embeddings, dim: 2, labels: [0, 0, 1, 1] },
)
console.log(
  `loss ${loss.toFixed(4)}, gradient of the first vector ${Array.from(gradient.subarray(0, 2), value => value.toFixed(4))}`,
)
