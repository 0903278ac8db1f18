// The processes that measure: one of Node for ours, one of Python for the peer. Each takes its settings as JSON on
// the command line and answers with one JSON object on its last line of output: value, and memory in MiB.
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const here = name => fileURLToPath(new URL(name, import.meta.url))

// Threads that wait by spinning would take the cores from the other threads of the same process.
const environment = threads => ({
  ...process.env,
  OMP_WAIT_POLICY: 'PASSIVE',
  OMP_NUM_THREADS: String(threads),
  PYTHONDONTWRITEBYTECODE: '1',
})

export const measureOurs = (name, settings, side = 'ours') =>
  answer(process.execPath, [here('measure.js'), name, JSON.stringify(settings), side], settings.threads)

export const measurePeer = (python, script, settings) =>
  answer(python, [here(`peers/${script}`), JSON.stringify(settings)], settings.threads)

/** What a script of peers/ answers, whatever it is. */
export const profilePeer = (python, script, settings) =>
  lastLine(python, [here(`peers/${script}`), JSON.stringify(settings)], settings.threads)

async function answer(program, args, threads) {
  const result = await lastLine(program, args, threads)
  if (!Number.isFinite(result.value)) throw new Error(`no number came back: ${JSON.stringify(result)}`)
  return result
}

async function lastLine(program, args, threads) {
  try {
    const { stdout } = await run(program, args, { env: environment(threads), maxBuffer: 1 << 26 })
    return JSON.parse(stdout.trim().split('\n').at(-1))
  } catch (error) {
    // The last line of a stack trace says what, in Python; Node's process says it in one line.
    const lines = String(error.stderr || error.message)
      .trim()
      .split('\n')
    throw new Error(lines.at(-1), { cause: error })
  }
}

const found = new Map()

/** The first Python that can import the modules, or undefined. */
export function pythonWith(modules) {
  const wanted = modules.join(', ')
  if (!found.has(wanted)) {
    const can = python => spawnSync(python, ['-c', `import ${wanted}`], { stdio: 'ignore' }).status === 0
    found.set(wanted, ['python3', '/usr/bin/python3'].find(can))
  }
  return found.get(wanted)
}
