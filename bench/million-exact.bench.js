// The ten nearest of 1,000 queries among a million vectors, exactly. The vectors come in blocks, as from shards.
import { count, createVectors, depth, dim, queries } from './million-vectors.js'

export default {
  unit: 's',
  better: 'less',
  note: 'the ten nearest of 1,000 queries among 1,000,000 vectors of 128 numbers, exactly',
  memory: true,
  settings: { count, queries, dim, depth },
  async ours({ threads }) {
    const [{ searchRows }, { createEngine }] = await Promise.all([
      import('../dist/embedding/search.js'),
      import('../dist/runtime/engine.node.js'),
    ])
    const { asked, blocks } = createVectors()
    const gallery = [...blocks()]
    const engine = await createEngine({ threads })
    const start = performance.now()
    await searchRows(engine, { queries: asked, dim, gallery, depth, total: count })
    return { value: (performance.now() - start) / 1000 }
  },
  peer: { script: 'million_exact.py', modules: ['torch'] },
}
