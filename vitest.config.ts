import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import type { InlineConfig } from 'vitest/node'

/** What the whole suite and the quick one have in common. */
export const common = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // A process that has run networks on WebGPU in software takes its time to end.
  teardownTimeout: 60_000,
  // What is waited for comes at last, on a busy machine too; only what never comes fails.
  expect: { poll: { timeout: 60_000 } },
  // The engine uses both cores itself; more test files at once only make it slower.
  maxWorkers: 2,
  pool: 'forks',
  // A process is shared by many files: most of a short test is loading its modules. So a file leaves the process as it
  // found it, above all its environment and its folder.
  isolate: false,
  // The runtime's build for browsers has one for Node too, so that the engine of pages is tested without a browser.
  alias: { 'onnxruntime-web/wasm': fileURLToPath(import.meta.resolve('onnxruntime-web')) },
  globalSetup: './test/global-setup.ts',
  setupFiles: ['./test/setup.ts'],
  reporters: ['default', './test/count-reporter.ts'],
} satisfies InlineConfig

/**
 * Per cent of lines that the tests run, by room: about five below what was measured, so that a fall fails. What other
 * systems lack, a browser or ffmpeg, would lower them there.
 */
const floors = {
  base: 91,
  cli: 83,
  commands: 80,
  data: 94,
  embedding: 92,
  figures: 89,
  graph: 91,
  lenses: 75,
  models: 88,
  nets: 93,
  objectives: 94,
  options: 94,
  runs: 87,
  runtime: 91,
  server: 89,
  training: 93,
  weights: 93,
}

export default defineConfig({
  test: {
    ...common,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
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
      // One test that fails does not hide what all others have run.
      reportOnFailure: true,
      reportsDirectory: 'coverage',
      thresholds:
        process.platform === 'linux'
          ? Object.fromEntries(Object.entries(floors).map(([room, lines]) => [`src/${room}/**`, { lines }]))
          : undefined,
    },
  },
})
