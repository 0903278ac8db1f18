import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { random } from '../dist/random.js'

const [count, dim, classes] = [5000, 50, 40]

/** Clusters of unequal width around random centres. */
function vectors() {
  const { normal } = random('tsne benchmark')
  const centres = Float32Array.from({ length: classes * dim }, () => 2 * normal())
  return Float32Array.from({ length: count * dim }, (_, i) => {
    const cluster = Math.floor(i / dim) % classes
    return centres[cluster * dim + (i % dim)] + (0.5 + cluster / classes) * normal()
  })
}

export default {
  unit: 's',
  better: 'less',
  note: 't-SNE of 5,000 vectors of 50 numbers, perplexity 30, 1,000 iterations, PCA start; peer: scikit-learn',
  memory: true,
  settings: { count, dim, iterations: 1000 },
  async prepare() {
    const folder = await mkdtemp(join(tmpdir(), 'glasshouse-bench-'))
    const file = join(folder, 'vectors.f32')
    await writeFile(file, new Uint8Array(vectors().buffer))
    return { settings: { file }, dispose: () => rm(folder, { recursive: true, force: true }) }
  },
  async ours({ file, iterations, threads }) {
    const { readFile } = await import('node:fs/promises')
    const { tsne } = await import('../dist/lenses/tsne/tsne.node.js')
    const bytes = await readFile(file)
    const data = new Float32Array(bytes.buffer, bytes.byteOffset, count * dim)
    const start = performance.now()
    await tsne([{ data, dim }], { iterations, threads })
    return { value: (performance.now() - start) / 1000 }
  },
  peer: { script: 'tsne.py', modules: ['sklearn'] },
}
