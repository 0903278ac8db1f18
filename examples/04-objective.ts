// An objective at a point: its loss and how it pulls each vector, by the same graph as in training.
import { evaluateObjective } from 'glasshouse'

const embeddings = Float32Array.from([1, 0.1, 0.9, 0.5, 0, 1, -0.3, 0.8]) // four vectors in the plane
const batch = { embeddings, dim: 2, labels: [0, 0, 1, 1] }
for (const name of ['triplet', 'npair', 'epshn', 'margin']) {
  const { loss, gradient } = await evaluateObjective(name, {}, batch)
  const pulls = Array.from(gradient, value => (-value).toFixed(3))
  console.log(
    `${name.padEnd(8)} loss ${loss.toFixed(3)}, the first vector is pulled along (${pulls.slice(0, 2)})`,
  )
}
