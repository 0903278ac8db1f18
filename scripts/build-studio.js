// Packs the studio's page, studio/, into dist/studio: one page, its parts loaded when they are first opened; and beside it
// what exported files hold: the views alone (exported.js, exported.css), and the lenses of the tab with their worker
// (lens.js, lens-worker.js). What was packed carries the hash of its sources; where that still holds there is nothing to do.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(import.meta.dirname, '..')
const target = join(root, 'dist/studio')
const runtime = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm')))
const stampFile = join(root, 'dist/studio.stamp')
const stamp = hashOf([join(root, 'studio'), join(root, 'src')])

/**
 * A file that holds the runtime gives it its bytes: what it would fetch is not packed a second time.
 * @type {import('vite').Plugin}
 */
const withoutRuntimeFiles = {
  name: 'without-runtime-files',
  enforce: 'pre',
  resolveId: id => (id.startsWith('onnxruntime-web/webgpu') ? '\0no-webgpu' : undefined),
  load: id => (id === '\0no-webgpu' ? 'export const env = { wasm: {} }' : undefined),
  transform: (code, id) =>
    id.includes('onnxruntime-web')
      ? code.replaceAll(/new URL\("[^"]*\.wasm",\s*import\.meta\.url\)/g, 'new URL("about:blank")')
      : undefined,
}

if (!existsSync(join(target, 'index.html')) || !isStamped()) {
  const { build } = await import('vite')
  /** @type {import('vite').InlineConfig} */
  const shared = {
    configFile: false,
    logLevel: 'error',
    root: join(root, 'studio'),
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  }
  await build({
    ...shared,
    // The build of the runtime for WebGPU is served from its package: here it would double the size of ours.
    resolve: { alias: { 'onnxruntime-web/webgpu': join(runtime, 'ort.webgpu.min.mjs') } },
    build: {
      outDir: target,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      // The page's rules of security allow no data: addresses for scripts and fonts.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4000,
    },
    worker: { format: 'es' },
  })
  // Each is one script as text for one file, and one style sheet for all, fonts included.
  for (const [entry, name] of [
    ['exported/main.tsx', 'exported'],
    ['exported/lens.tsx', 'lens'],
    ['tab/worker.ts', 'lens-worker'],
  ])
    await build({
      ...shared,
      plugins: [withoutRuntimeFiles],
      // Libraries ask for it, and a page that is opened from the disk has no process.
      define: { 'process.env.NODE_ENV': JSON.stringify('production') },
      build: {
        outDir: target,
        emptyOutDir: false,
        target: 'es2022',
        reportCompressedSize: false,
        lib: {
          entry: join(root, 'studio', entry),
          formats: ['iife'],
          name: 'exported',
          fileName: () => `${name}.js`,
          cssFileName: name,
        },
        rolldownOptions: { output: { codeSplitting: false } },
      },
    })
  // The views of the lens are among those of the page.
  rmSync(join(target, 'lens.css'), { force: true })
  writeFileSync(stampFile, stamp)
}

function isStamped() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
}

/** Of all sources that the page may be made of, of the packages' versions and of this script. */
function hashOf(folders) {
  const hash = createHash('sha256').update(readFileSync(import.meta.filename))
  hash.update(readFileSync(join(root, 'package-lock.json')))
  for (const folder of folders)
    for (const name of readdirSync(folder, { recursive: true }).map(String).sort())
      if (/\.(tsx?|css|html|svg|wasm)$/.test(name) && !/\.(test|node|bundle)\.ts$/.test(name))
        hash.update(`\0${name}\0`).update(readFileSync(join(folder, name)))
  return hash.digest('hex')
}
