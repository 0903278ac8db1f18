// An objective of one's own: a function from embeddings and labels to a scalar. Glasshouse differentiates it.
import { evaluateObjective } from 'glasshouse'
import gram from './objectives/gram.ts'

const embeddings = Float32Array.from([1, 0.1, 0.9, 0.5, 0, 1, -0.3, 0.8])
const { loss, gradient } = await evaluateObjective(
  gram,
  { weight: 2 },
  { embeddings, dim: 2, labels: [0, 0, 1, 1] },
)
console.log(
  `loss ${loss.toFixed(4)}, gradient of the first vector ${Array.from(gradient.subarray(0, 2), value => value.toFixed(4))}`,
)
