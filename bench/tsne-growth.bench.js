import { clusters, perIteration } from './tsne-vectors.js'

// Few dimensions and neighbours, so that the search, which is not measured, stays short.
const options = { dim: 4, perplexity: 10, iterations: 200 }
const perTenThousand = async (count, { dim, threads, ...rest }) => ({
  value:
    (await perIteration([{ data: clusters(count, dim, 40), dim }], { ...rest, threads })) / (count / 10000),
})

export default {
  unit: 'ms',
  better: 'less',
  note: 'one iteration per 10,000 points, of 200,000; peer: of 10,000. A ratio of 1 or less: time grows no faster than the points',
  settings: options,
  ours: settings => perTenThousand(200000, settings),
  few: settings => perTenThousand(10000, settings),
  peer: { side: 'few' },
}
