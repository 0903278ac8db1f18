import { fromFile, inFile, sixtyThousand } from './tsne-vectors.js'

export default {
  unit: 's',
  better: 'less',
  note: 't-SNE of the same 60,000 vectors with the neighbour search, 500 iterations; peer: native FIt-SNE, as recorded beside the data',
  settings: { dim: 50, iterations: 500 },
  prepare: async () => inFile(await sixtyThousand()),
  async ours({ file, dim, iterations, threads }) {
    const { tsne } = await import('../dist/embedding/tsne/tsne.node.js')
    const data = await fromFile(file)
    const start = performance.now()
    await tsne([{ data, dim }], { iterations, threads })
    return { value: (performance.now() - start) / 1000 }
  },
  peer: { recorded: { value: 32 } },
}
