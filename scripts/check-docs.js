// Checks the types of every TypeScript block in the documentation against the built library, as a user's module would
// be checked. A fault is reported at the page and line where it stands.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(import.meta.dirname, '..')
const compiler = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc')

const pages = ['README.md', 'CONTRIBUTING.md', 'docs']
  .flatMap(name =>
    name.endsWith('.md')
      ? [name]
      : readdirSync(join(root, name), { recursive: true }).map(file => join(name, String(file))),
  )
  .filter(name => name.endsWith('.md'))

/**
 * The TypeScript blocks of a page, each as a module whose lines have the numbers that they have in the page.
 * @param {string} text
 */
const modulesOf = text =>
  [...text.matchAll(/^```(?:ts|typescript)\b.*\n([\s\S]*?)^```/gm)].map(({ 0: whole, 1: code, index }) => {
    const above = text.slice(0, index + whole.indexOf('\n') + 1).split('\n').length - 1
    return `${'\n'.repeat(above)}${code}\nexport {}\n`
  })

// Inside the package, so that its own name leads to what was built.
const folder = mkdtempSync(join(root, '.docs-'))
try {
  let count = 0
  for (const page of pages)
    for (const [index, code] of modulesOf(readFileSync(join(root, page), 'utf8')).entries()) {
      const file = join(folder, `${page}.${index}.ts`)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, code)
      count++
    }
  if (count === 0) throw new Error('no TypeScript block was found in the documentation')
  const compilerOptions = {
    target: 'ES2023',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    module: 'NodeNext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*.ts'] }))
  execFileSync(process.execPath, [compiler, '--pretty', 'false', '-p', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  console.log(`docs: ${count} TypeScript blocks compile`)
} catch (error) {
  const faults = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
  console.error(faults.replace(/^(.+\.md)\.\d+\.ts\((\d+),\d+\)/gm, '$1:$2') || error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
