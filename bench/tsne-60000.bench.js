import { fromFile, inFile, perIteration, sixtyThousand } from './tsne-vectors.js'

export default {
  unit: 'ms',
  better: 'less',
  note: 'one iteration of t-SNE, 60,000 vectors of 50 numbers (MNIST and shifted copies), mean of 500; peer: native FIt-SNE, two threads, as recorded beside the data (400 at 17 to 20 ms, 100 at 33)',
  memory: true,
  settings: { dim: 50, iterations: 500 },
  prepare: async () => inFile(await sixtyThousand()),
  ours: async ({ file, dim, iterations, threads }) => ({
    value: await perIteration([{ data: await fromFile(file), dim }], { iterations, threads }),
  }),
  peer: { recorded: { value: (400 * 18.5 + 100 * 33) / 500 } },
}
