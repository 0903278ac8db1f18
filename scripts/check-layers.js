// Holds three lines of the architecture: an import goes only downward through the layers; what runs anywhere
// (everything but *.node.ts, commands/, cli/ and server/) imports nothing of Node, directly or through others; and no file
// imports itself through others, not even for a type. Tests may use Node and the folder `test/`, but import upward only
// where it says so here.
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
  'commands',
  'server',
  'cli',
]
/** What tests import from above their own layer, by test or folder. */
const upwardInTests = {
  // What a graph means shows when it is run.
  'graph/': ['runtime/'],
  // A model that we export is read again.
  'graph/onnx/decode.test.ts': ['models/export.ts', 'nets/network.ts'],
  // Files of weights are damaged, and published ones listed, for the networks that take them.
  'weights/damage.test.ts': ['nets/foreign.ts'],
  'weights/pulled-weights.test.ts': ['nets/', 'runs/open-model.node.ts'],
  'nets/scores.test.ts': ['models/classification.ts'],
  // What a page draws is decoded by the other decoder.
  'figures/canvas.web.test.ts': ['data/decode.node.ts'],
  // MODEL as the command line takes it, from a path.
  'models/': ['runs/open-model.node.ts'],
}
const nodeOnlyPackages = ['onnxruntime-node', 'sharp', 'linkedom', 'commander', 'hono', '@hono/node-server']

const files = readdirSync(root, { recursive: true })
  .map(String)
  .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
const unused = new Set(
  Object.entries(upwardInTests).flatMap(([from, to]) => to.map(part => `${from} -> ${part}`)),
)
const isAllowed = (file, imported) => {
  if (!isTest(file)) return false
  const reasons = [...Object.entries(upwardInTests)]
    .filter(([from]) => file.startsWith(from))
    .flatMap(([from, to]) => to.filter(part => imported.startsWith(part)).map(part => `${from} -> ${part}`))
  for (const reason of reasons) unused.delete(reason)
  return reasons.length > 0
}
const isTest = file => file.endsWith('.test.ts')
const layerOf = file => file.split('/')[0].replace(/(\.node|\.web)?(\.test)?\.ts$/, '')
const needsNode = file =>
  isTest(file) || file.endsWith('.node.ts') || ['commands', 'cli', 'server', 'index'].includes(layerOf(file))

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
      if (layers.indexOf(layerOf(imported)) > layer && !isAllowed(file, imported))
        problems.push(`${file}: imports upward from ${imported}`)
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

for (const exception of unused) problems.push(`no test needs the exception ${exception}`)
for (const problem of problems) console.error(problem)
console.log(`layers: ${files.length} files, ${problems.length} problems`)
process.exitCode = problems.length ? 1 : 0
