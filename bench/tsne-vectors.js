// Vectors to lay out: clusters that are drawn here, and MNIST as in the figures recorded beside the data.
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { random } from '../dist/base/random.js'

/** Clusters of unequal width around random centres, count x dim. */
export function clusters(count, dim, classes) {
  const { normal } = random('tsne benchmark')
  const centres = Float32Array.from({ length: classes * dim }, () => 2 * normal())
  return Float32Array.from({ length: count * dim }, (_, i) => {
    const cluster = Math.floor(i / dim) % classes
    return centres[cluster * dim + (i % dim)] + (0.5 + cluster / classes) * normal()
  })
}

const digits = '../shared/data/embeddings/mnist/t10k-images-idx3-ubyte.gz'
/** Down, up, right, left, down-right, by one pixel. */
const shifts = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [1, 1],
]

/** MNIST's 10,000 test images and five shifted copies, PCA to 50; clusters of the same size where it is not at hand. */
export async function sixtyThousand() {
  if (!existsSync(digits)) return clusters(60000, 50, 40)
  const pixels = gunzipSync(readFileSync(digits)).subarray(16)
  const [count, side] = [10000, 28]
  const images = new Float32Array(shifts.length * pixels.length)
  shifts.forEach(([down, right], copy) => {
    for (let i = 0; i < count; i++)
      for (let y = Math.max(0, down); y < side + Math.min(0, down); y++)
        for (let x = Math.max(0, right); x < side + Math.min(0, right); x++)
          images[((copy * count + i) * side + y) * side + x] =
            pixels[(i * side + y - down) * side + x - right]
  })
  return principalScores(images, side * side, 50)
}

/** By the covariance, through the engine: the whole of it is one product of matrices. */
async function principalScores(rows, dim, components) {
  const { createEngine, Graph, float32, matmul, transpose } = await import('../dist/index.js')
  const { evaluate } = await import('../dist/runtime/engine.js')
  const count = rows.length / dim
  const mean = new Float64Array(dim)
  for (let at = 0; at < rows.length; at++) mean[at % dim] += rows[at] / count
  for (let at = 0; at < rows.length; at++) rows[at] -= mean[at % dim]
  const engine = await createEngine()
  const x = float32([count, dim], rows)
  const product = async (build, feeds) => {
    const graph = new Graph()
    const inputs = Object.entries(feeds).map(([name, { shape }]) => graph.input(name, shape))
    const { result } = await evaluate(engine, { graph, outputs: { result: build(...inputs) } }, feeds)
    return result.data
  }
  const covariance = await product(all => matmul(transpose(all, [1, 0]), all), { x })
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    Matrix.from1DArray(dim, dim, Array.from(covariance, Number)),
    { assumeSymmetric: true },
  )
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a])
  const axes = new Float32Array(dim * components)
  for (let d = 0; d < dim; d++)
    for (let c = 0; c < components; c++) axes[d * components + c] = eigenvectorMatrix.get(d, order[c])
  return product(matmul, { x, axes: float32([dim, components], axes) })
}

/** What `prepare` of a benchmark returns: the vectors in a file, for both sides. */
export async function inFile(vectors) {
  const folder = await mkdtemp(join(tmpdir(), 'glasshouse-bench-'))
  const file = join(folder, 'vectors.f32')
  await writeFile(file, new Uint8Array(vectors.buffer))
  return { settings: { file }, dispose: () => rm(folder, { recursive: true, force: true }) }
}

export async function fromFile(file) {
  const bytes = await readFile(file)
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

/** Milliseconds per iteration, the neighbour search before them left out. */
export async function perIteration(inputs, options) {
  const { tsne } = await import('../dist/embedding/tsne/tsne.node.js')
  const seen = []
  const { createWork } = await import('../dist/base/work.js')
  const emit = event => event.kind === 'progress' && seen.push([event.done, performance.now()])
  await tsne(inputs, options, createWork({ emit }))
  const [[first, start], [last, end]] = [seen[0], seen.at(-1)]
  return (end - start) / (last - first)
}
