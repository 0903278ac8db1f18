/** Unit tests without trainings, browsers, processes and attacks: for every save, in under half a minute. */
import { defineConfig, mergeConfig } from 'vitest/config'
import whole from './vitest.config.ts'

export default mergeConfig(
  { ...whole, test: { ...whole.test, include: [] } },
  defineConfig({
    test: {
      include: [
        'src/{base,options,graph,runtime,nets,figures,objectives,embedding,models,data,lenses,cli}/**/*.test.ts',
      ],
      exclude: [
        '**/*.web.test.ts',
        '**/page.test.ts',
        'src/cli/{program,lens-command,model-commands,data-commands,train-splits}.test.ts',
        'src/data/{cache,dataset,layouts,damaged-caches}.test.ts',
        'src/data/seedlings/**',
        'src/embedding/tsne/{tsne,job,approximate}.test.ts',
        'src/graph/onnx/operators/**',
        'src/lenses/suite.test.ts',
        'src/lenses/{anatomy,dream}/**',
        'src/models/**',
        'src/objectives/objectives.test.ts',
      ],
      coverage: { enabled: false },
    },
  }),
)
