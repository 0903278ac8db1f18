// The size of the test split of Stanford Online Products: 60,502 vectors of 512 numbers in 11,316 classes.
import { random } from '../dist/base/random.js'

const [count, dim, classes] = [60502, 512, 11316]

export default {
  unit: 's',
  better: 'less',
  note: 'recall at 1, 10, 100 and 1,000 of 60,502 vectors of 512 numbers, all against all',
  memory: true,
  settings: { count, dim, classes },
  async ours({ threads }) {
    const [{ retrieve }, { createEngine }] = await Promise.all([
      import('../dist/embedding/retrieval.js'),
      import('../dist/runtime/engine.node.js'),
    ])
    const { uniform } = random('retrieval benchmark')
    const data = Float32Array.from({ length: count * dim }, () => uniform(-1, 1))
    const labels = Int32Array.from({ length: count }, (_, i) => i % classes)
    const engine = await createEngine({ threads })
    const start = performance.now()
    await retrieve(engine, { data, dim, labels }, { ranks: [1, 10, 100, 1000] })
    return { value: (performance.now() - start) / 1000 }
  },
  peer: { script: 'retrieval.py', modules: ['torch'] },
}
