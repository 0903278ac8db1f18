// Holds three lines of the architecture: an import goes only downward through the layers; what runs anywhere
// (everything but *.node.ts, cli/ and server/) imports nothing of Node, directly or through others; and no file
// imports itself through others, not even for a type.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname ?? '.', '../src')
/** Ground floor first. A file may import from its own layer and from those before it. */
const layers = [
  'base',
  'options',
  'graph',
  'runtime',
  'weights',
  'figures',
  'nets',
  'data',
  'objectives',
  'models',
  'embedding',
  'training',
  'runs',
  'lenses',
  'anywhere',
  'index',
  'web',
  'server',
  'cli',
]
const nodeOnlyPackages = ['onnxruntime-node', 'sharp', 'linkedom', 'commander', 'hono', '@hono/node-server']

const files = readdirSync(root, { recursive: true })
  .map(String)
  .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('.d.ts'))
const layerOf = file => file.split('/')[0].replace(/(\.node|\.web)?\.ts$/, '')
const needsNode = file => file.endsWith('.node.ts') || ['cli', 'server', 'index'].includes(layerOf(file))

const problems = []
const importsOf = new Map()
for (const file of files) {
  const layer = layers.indexOf(layerOf(file))
  if (layer < 0) problems.push(`${file}: stands in no known layer (add it to scripts/check-layers.js)`)
  const source = readFileSync(join(root, file), 'utf8')
  const imports = source.matchAll(
    /^\s*(?:import|export)\b(\s+type\b)?[^'"`;]*?(?:from\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  const targets = new Set()
  importsOf.set(file, targets)
  for (const [, typeOnly, fromStatement, fromCall] of imports) {
    const target = fromStatement ?? fromCall
    if (target.startsWith('.')) {
      const imported = relative(root, resolve(root, dirname(file), target))
      targets.add(imported)
      if (layers.indexOf(layerOf(imported)) > layer) problems.push(`${file}: imports upward from ${imported}`)
      if (!typeOnly && !needsNode(file) && needsNode(imported))
        problems.push(`${file}: must run anywhere but imports ${imported}`)
    } else if (!typeOnly && !needsNode(file)) {
      // Node's own modules are unknown to the shared TypeScript project; packages for Node have types everywhere.
      if (nodeOnlyPackages.includes(target)) {
        problems.push(
          `${file}: must run anywhere but imports ${target} (rename it to *.node.ts, or move that part out)`,
        )
      }
    }
  }
}

/** Import circles, each as its files in order: every edge that leads back to an open file of a depth-first walk. */
function circles() {
  const state = new Map()
  const path = []
  const found = []
  const visit = file => {
    state.set(file, 'open')
    path.push(file)
    for (const next of importsOf.get(file) ?? []) {
      if (state.get(next) === 'open') found.push([...path.slice(path.indexOf(next)), next])
      else if (!state.has(next)) visit(next)
    }
    path.pop()
    state.set(file, 'done')
  }
  for (const file of importsOf.keys()) if (!state.has(file)) visit(file)
  return found
}
for (const circle of circles()) problems.push(`import circle: ${circle.join(' -> ')}`)

for (const problem of problems) console.error(problem)
console.log(`layers: ${files.length} files, ${problems.length} problems`)
process.exitCode = problems.length ? 1 : 0
