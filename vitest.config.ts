import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The engine uses both cores itself; more test files at once only make it slower.
    maxWorkers: 2,
    pool: 'forks',
    reporters: ['default', './test/count-reporter.ts'],
    // Measured by continuous integration; floors per room. What runs in worker processes and browsers is not seen.
    coverage: {
      enabled: process.env.CI === 'true',
      include: ['src/**/*.ts'],
      exclude: [
        'src/**/*.test.ts',
        'src/graph/onnx/generated/**',
        'src/embedding/tsne/kernel/**',
        '**/*.web.ts',
      ],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
    },
  },
})
