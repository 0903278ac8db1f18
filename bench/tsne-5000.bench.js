import { clusters, fromFile, inFile } from './tsne-vectors.js'

const [count, dim] = [5000, 50]

export default {
  unit: 's',
  better: 'less',
  note: 't-SNE of 5,000 vectors of 50 numbers, perplexity 30, 1,000 iterations, PCA start; peer: scikit-learn',
  memory: true,
  settings: { count, dim, iterations: 1000 },
  prepare: () => inFile(clusters(count, dim, 40)),
  async ours({ file, iterations, threads }) {
    const { tsne } = await import('../dist/embedding/tsne/tsne.node.js')
    const data = await fromFile(file)
    const start = performance.now()
    await tsne([{ data, dim }], { iterations, threads })
    return { value: (performance.now() - start) / 1000 }
  },
  peer: { script: 'tsne.py', modules: ['sklearn'] },
}
