/** Unit tests without trainings, browsers, processes and attacks: for every save, in under half a minute. */
import { defineConfig } from 'vitest/config'
import { common } from './vitest.config.ts'

export default defineConfig({
  test: {
    ...common,
    include: ['src/{base,options,graph,nets,figures,objectives,embedding,data}/**/*.test.ts'],
    exclude: [
      '**/*.web.test.ts',
      '**/page.test.ts',
      'src/data/{cache,dataset,layouts,damaged-caches,image-guard}.test.ts',
      'src/data/seedlings/**',
      'src/embedding/tsne/{tsne,job,approximate}.test.ts',
      'src/graph/onnx/{operators/**,budget.test.ts}',
      'src/objectives/objectives.test.ts',
    ],
  },
})
