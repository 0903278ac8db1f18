// Packs the studio's page, studio/, into dist/studio: one page, its parts loaded when they are first opened; and beside it
// the views alone, which an exported page holds (exported.js, exported.css). What was packed carries the hash of its sources; where that still holds there is nothing to do.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const target = join(root, 'dist/studio')
const stampFile = join(root, 'dist/studio.stamp')
const stamp = hashOf([join(root, 'studio'), join(root, 'src')])

if (!existsSync(join(target, 'index.html')) || !isStamped()) {
  const { build } = await import('vite')
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(root, 'studio'),
    // The tab's worker computes on WebAssembly; the other build of the runtime would double the size of the package.
    resolve: { alias: { 'onnxruntime-web/webgpu': 'onnxruntime-web/wasm' } },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
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
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(root, 'studio'),
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    // Libraries ask for it, and a page that is opened from the disk has no process.
    define: { 'process.env.NODE_ENV': JSON.stringify('production') },
    build: {
      outDir: target,
      emptyOutDir: false,
      target: 'es2022',
      reportCompressedSize: false,
      // One script and one style sheet, fonts included, as text for one file.
      lib: {
        entry: join(root, 'studio/exported/main.tsx'),
        formats: ['iife'],
        name: 'exported',
        fileName: () => 'exported.js',
        cssFileName: 'exported',
      },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
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
