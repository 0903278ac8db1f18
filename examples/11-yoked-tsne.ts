// Two embeddings of the same items, laid out together so that their maps can be compared point by point.
import { tsne } from 'glasshouse'

const [n, dim] = [200, 8]
const wave = (i: number, k: number) => Math.sin(12.9898 * (i + 1) * (k + 1))
const cluster = (noise: number) =>
  Float32Array.from({ length: n * dim }, (_, at) => {
    const [row, k] = [Math.floor(at / dim), at % dim]
    return 4 * wave(row % 5, k) + noise * wave(row + 50, k)
  })
const { maps, kl, lambda } = await tsne(
  [
    { data: cluster(1), dim },
    { data: cluster(2), dim },
  ],
  { perplexity: 15, iterations: 300, yoke: 1e-5, seed: 0 },
)
const apart = maps[0].reduce((sum, value, i) => sum + (value - maps[1][i]) ** 2, 0) / n
console.log(
  `lambda ${lambda}, divergences ${kl.map(value => value.toFixed(3))}, mean squared distance ${apart.toFixed(2)}`,
)
