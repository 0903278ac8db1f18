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
  },
})
