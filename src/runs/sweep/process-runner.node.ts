/**
 * Carries runs out as processes of this machine, one for each: what one of them does, diverging, failing, running out
 * of memory, leaves the others alone.
 */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isObjectiveFile } from '../../objectives/file.ts'
import { isRunFolder, readRecord } from '../folder.node.ts'
import type { Runner, RunTask } from './runner.ts'

const program = fileURLToPath(new URL('../../../bin/glasshouse.js', import.meta.url))

/**
 * Ends a run whose sweep is gone, since the next sweep would train in the same folder: the pipe to its standard
 * input closes with the process at the other end, however that ended.
 */
const endWithParent =
  "data:text/javascript,process.stdin.on('end',()=>process.exit(130)).resume();process.stdin.unref()"

export const processRunner: Runner = {
  async run(task, { signal }) {
    const { folder } = task
    const { code, complaint } = await trainProcess(wordsOf(task), signal)
    if (code === 0) return { status: 'finished' }
    if (signal.aborted) return { status: 'waiting' }
    const diverged = isRunFolder(folder) && (await readRecord(folder)).status === 'diverged'
    return { status: diverged ? 'diverged' : 'failed', error: complaint.replace(`${folder}: `, '') }
  },
}

function wordsOf({ folder, data, begun, words, options, seed, threads }: RunTask): string[] {
  const { objective } = options
  const resumed = ['--resume', folder, ...(isObjectiveFile(objective) ? ['--objective', objective] : [])]
  const what = begun ? resumed : [resolve(data), ...words, '--seed', String(seed)]
  return [...what, '--threads', String(threads), '--out', folder, '--quiet']
}

/** One `train` as a process; its exit code, and the last that it said on standard error. */
function trainProcess(
  words: readonly string[],
  signal: AbortSignal,
): Promise<{ code: number | null; complaint: string }> {
  const child = spawn(process.execPath, ['--import', endWithParent, program, 'train', ...words], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // In a group of its own a Ctrl-C of the terminal reaches it once, from here.
    detached: process.platform !== 'win32',
  })
  let said = ''
  child.stderr.on('data', text => {
    said = (said + text).slice(-4000)
  })
  const stop = () => child.kill('SIGINT')
  signal.addEventListener('abort', stop, { once: true })
  return new Promise(done => {
    const end = (code: number | null, complaint: string) => {
      signal.removeEventListener('abort', stop)
      done({ code, complaint: complaint.replace(/^error: /, '') })
    }
    child.on('error', error => end(null, error.message))
    child.on('close', (code, killedBy) =>
      end(code, said.trim().split('\n').at(-1) || `the process was ended by ${killedBy ?? `code ${code}`}`),
    )
  })
}
