// Packs the package, installs the tarball in an empty folder as a user would, runs the demo at small size from there,
// and type-checks a small project with strict settings that imports it.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'glasshouse-smoke-'))
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
const write = (name, content) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2))

try {
  // Scripts are off in this repository for the sake of dependencies; the package's own has to build it.
  run('npm', ['pack', '--silent', '--ignore-scripts=false', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))
  write('package.json', { name: 'smoke', private: true, type: 'module' })
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', `./${tarball}`])

  const demo = [
    'demo',
    '--no-studio',
    '--per-class',
    '10',
    '--epochs',
    '1',
    '--out',
    'demo',
    '--json',
    '--quiet',
  ]
  const { metrics } = JSON.parse(run('npx', ['--no-install', 'glasshouse', ...demo]))
  if (!(metrics.recall?.['1'] >= 0) || !existsSync(join(folder, 'demo/index.html')))
    throw new Error(`the demo ended without its results: ${JSON.stringify(metrics)}`)

  write('node.ts', consumer('glasshouse'))
  write('page.ts', consumer('glasshouse/web'))
  write('tsconfig.json', {
    compilerOptions: {
      target: 'ES2023',
      lib: ['ES2023', 'DOM', 'DOM.Iterable'],
      module: 'NodeNext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
    },
    include: ['*.ts'],
  })
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
  console.log(`smoke: ${tarball} installs, the demo runs, its declarations hold in a strict project`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A module that uses what both front doors offer. */
function consumer(name) {
  return `import { createEngine, float32, Graph, gradient, lensNamed, mul, reduceSum, tsne, type Tensor } from '${name}'

const graph = new Graph()
const x = graph.input('x', [2, 3])
const [slope] = gradient(reduceSum(mul(x, x)), [x])
if (!slope) throw new Error('no gradient')
const engine = await createEngine({ threads: 1 })
const program = await engine.compile({ graph, outputs: { slope } })
const values: Record<string, Tensor> = await program.run({ x: float32([2, 3], [1, 2, 3, 4, 5, 6]) })
console.log(values.slope?.data, (await lensNamed('cam')).title)
const { maps } = await tsne([{ data: new Float32Array(40), dim: 4 }], { iterations: 10 })
console.log(maps[0]?.length)
`
}
