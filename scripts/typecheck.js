// Checks the types of every project: what runs anywhere knows neither Node nor a page, what runs in pages knows no Node,
// what runs in Node knows no page, and the studio is a page. Tests, examples, benchmarks, recipes and scripts follow.
import { execFile } from 'node:child_process'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(import.meta.dirname, '..')
const compiler = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc')
/** What plays in a page shares types with what draws it; the web's project checks it. */
const players = /\/player\//
/** By project: files whose faults belong to another project. */
const projects = {
  'tsconfig.shared.json': players,
  'tsconfig.node.json': players,
  'tsconfig.web.json': undefined,
  'tsconfig.studio.json': players,
  'tsconfig.json': undefined,
  'tsconfig.scripts.json': undefined,
}

let failed = false
for (const [project, elsewhere] of Object.entries(projects)) {
  const faults = await faultsIn(project)
  const own = faults.filter(fault => !elsewhere?.test(fault.split('(')[0]))
  if (own.length === 0) continue
  failed = true
  console.error(`${project}\n${own.join('\n')}`)
}
process.exitCode = failed ? 1 : 0

/**
 * One text per fault, which begins with the file; indented lines go with the line before.
 * @param {string} project
 * @returns {Promise<string[]>}
 */
function faultsIn(project) {
  // What has not changed since the last time is not checked again.
  const seen = join(root, 'node_modules/.cache/typecheck', `${project}buildinfo`)
  const args = [compiler, '--noEmit', '--incremental', '--tsBuildInfoFile', seen]
  args.push('--pretty', 'false', '-p', join(root, project))
  return new Promise(done => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const faults = stdout.split(/\n(?=\S)/).filter(text => text.trim())
      done(error && faults.length === 0 ? [stderr || String(error)] : faults)
    })
  })
}
