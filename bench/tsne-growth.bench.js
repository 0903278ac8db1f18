import { random } from '../dist/base/random.js'

const [clusters, neighbours, steps] = [40, 30, 100]

/** Clusters as a search would find them: the neighbours of a row are rows of its own cluster, drawn at random. */
function neighboursOf(count) {
  const { integer, uniform } = random('tsne growth')
  const place = (_, at) =>
    (Math.floor(at / neighbours) + clusters * (1 + integer(count / clusters - 1))) % count
  return {
    count,
    k: neighbours,
    indices: Int32Array.from({ length: count * neighbours }, place),
    distances: Float32Array.from({ length: count * neighbours }, () => uniform(1, 2)),
  }
}

/** Milliseconds of an iteration for each 10,000 points. */
export async function perTenThousand(count, threads) {
  const [{ affinitiesOf }, { startNodeThread }, { startThreadPool }, { createJob }, { randomStart }] =
    await Promise.all(
      ['affinities', 'thread-pool.node', 'thread-pool', 'job', 'start'].map(
        name => import(`../dist/embedding/tsne/${name}.js`),
      ),
    )
  const pool = await startThreadPool(startNodeThread, threads)
  const job = await createJob(pool, [{ count, affinities: affinitiesOf(neighboursOf(count), 10) }])
  job.begin([randomStart(count, 0)], undefined, count / 48)
  await job.descend(steps, 12, 0.5)
  const start = performance.now()
  await job.descend(steps, 1, 0.8)
  const milliseconds = (performance.now() - start) / steps
  await pool.close()
  return { value: (milliseconds * 10000) / count }
}

export default {
  unit: 'ms',
  better: 'less',
  note: 'one iteration of t-SNE per 10,000 points, of 200,000; peer: of 10,000. A ratio of 1 or less: time grows no faster than the points',
  ours: ({ threads }) => perTenThousand(200000, threads),
  few: ({ threads }) => perTenThousand(10000, threads),
  peer: { side: 'few' },
}
