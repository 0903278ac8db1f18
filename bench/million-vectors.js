// A million vectors of 128 numbers and 1,000 queries among them: clusters in 32 of the dimensions, as embeddings have
// them, with a little noise in all. They are drawn in blocks, always the same, and never held together.
import { random } from '../dist/base/random.js'

export const [count, queries, dim, depth] = [1_000_000, 1000, 128, 10]
const [clusters, latent, rows] = [2000, 32, 10_000]

export function createVectors() {
  const { normal } = random(1, 'million vectors')
  const draw = length => Float32Array.from({ length }, normal)
  const centres = draw(clusters * latent)
  const directions = draw(latent * dim).map(value => value / Math.sqrt(dim))
  const block = (name, size) => {
    const { normal, integer } = random(1, name)
    const out = new Float32Array(size * dim)
    const inner = new Float32Array(latent)
    for (let row = 0; row < size; row++) {
      const centre = integer(clusters) * latent
      for (let i = 0; i < latent; i++) inner[i] = centres[centre + i] + 0.6 * normal()
      for (let d = 0; d < dim; d++) {
        let sum = 0.05 * normal()
        for (let i = 0; i < latent; i++) sum += inner[i] * directions[i * dim + d]
        out[row * dim + d] = sum
      }
    }
    return out
  }
  return {
    asked: block('queries', queries),
    *blocks() {
      for (let from = 0; from < count; from += rows) yield block(`rows ${from}`, rows)
    },
  }
}
