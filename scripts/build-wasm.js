// Compiles the kernel of t-SNE (AssemblyScript) and writes it, as base64, into a module beside it. A module
// needs no loader, no fetch and no copying: Node, the browser, vitest and bundlers import it like any other,
// and it is committed, so the sources run before anything was built. It carries the hash of the sources it
// stands for: where that still holds there is nothing to do. With --force it is compiled all the same.
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const sources = join(root, 'src/embedding/tsne/kernel')
const target = join(root, 'src/embedding/tsne/kernel.wasm.ts')

const hash = createHash('sha256').update(readFileSync(import.meta.filename))
for (const name of readdirSync(sources).sort()) {
  if (name.endsWith('.ts')) hash.update(`\0${name}\0`).update(readFileSync(join(sources, name)))
}
const stamp = `// Compiled from kernel/ by scripts/build-wasm.js; do not edit. Sources: ${hash.digest('hex').slice(0, 16)}\n`

const current = readFileSync(target, { encoding: 'utf8', flag: 'a+' })
if (!current.startsWith(stamp) || process.argv.includes('--force')) {
  writeFileSync(target, `${stamp}export const kernelBase64 =\n  '${(await compile()).toString('base64')}'\n`)
}

async function compile() {
  const { main } = await import('assemblyscript/asc')
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-kernel-'))
  try {
    const binary = join(folder, 'kernel.wasm')
    const { error, stderr } = await main([
      'src/embedding/tsne/kernel/index.ts',
      '--baseDir',
      root,
      '--outFile',
      relative(root, binary),
      '-O3',
      '--converge',
      '--noAssert',
      '--runtime',
      'stub',
      // The memory is made by the caller and shared by all threads; the greatest size is what 32 bits address.
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
      '--enable',
      'simd',
      '--enable',
      'threads',
      // v128 crosses no border to JavaScript (112), and addresses are 32 bits on purpose (201).
      '--disableWarning',
      '112',
      '--disableWarning',
      '201',
    ])
    if (error) throw new Error(`the kernel does not compile\n${stderr.toString()}`)
    return readFileSync(binary)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
