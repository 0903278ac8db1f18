import { clusters, perIteration } from './tsne-vectors.js'

const [count, dim] = [10000, 20]

export default {
  unit: 'ms',
  better: 'less',
  note: 'one iteration of a yoked pair of maps of 10,000 points; peer: of one such map',
  settings: { iterations: 300 },
  ours: async ({ iterations, threads }) => {
    const [one, two] = [clusters(count, dim, 40), clusters(count, dim, 40).reverse()]
    const inputs = [one, two].map(data => ({ data, dim }))
    return { value: await perIteration(inputs, { iterations, threads, yoke: 1e-7, alone: false }) }
  },
  single: async ({ iterations, threads }) => ({
    value: await perIteration([{ data: clusters(count, dim, 40), dim }], { iterations, threads }),
  }),
  peer: { side: 'single' },
}
