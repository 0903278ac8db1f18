/** One command of the program as a process of its own, which ends with this one, however that ended. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { relayFrom, relayOptions } from '../../base/relay.node.ts'
import type { Work } from '../../base/work.ts'

const file = fileURLToPath(new URL('../../../bin/glasshouse.js', import.meta.url))

/** Starts this program, as words. */
export const program: readonly string[] = [process.execPath, file]

/** The pipe to its standard input closes with the process at the other end. */
const endWithParent =
  "data:text/javascript,process.stdin.on('end',()=>process.exit(130)).resume();process.stdin.unref()"

export interface ChildEnd {
  /** null where it was killed */
  code: number | null
  /** the last that it said on standard error */
  complaint: string
}

/** How long a process that was asked to stop may take before it is killed. */
const patience = 30_000

/**
 * @param said gets every line of standard error
 * @param watched gets the events of the process, as those of a part of this name
 */
export function runChild(
  words: readonly string[],
  signal: AbortSignal,
  said: (line: string) => void = () => {},
  watched?: { work: Pick<Work, 'emit'>; of: string },
): Promise<ChildEnd> {
  // Secrets of the queue are none of its business.
  const relay = watched && relayOptions()
  const { GLASSHOUSE_QUEUE: _, ...env } = relay?.env ?? process.env
  const child = spawn(process.execPath, ['--import', endWithParent, file, ...words], {
    ...relay,
    stdio: relay ? ['pipe', 'ignore', 'pipe', 'ipc'] : ['pipe', 'ignore', 'pipe'],
    env,
    // In a group of its own a Ctrl-C of the terminal reaches it once, from here.
    detached: process.platform !== 'win32',
  })
  if (watched) relayFrom(child, watched.work, watched.of)
  let last = ''
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', line => {
      if (line.trim() === '') return
      last = line.slice(-4000)
      said(last)
    })
  let killer: NodeJS.Timeout | undefined
  const stop = () => {
    child.kill('SIGINT')
    killer = setTimeout(() => child.kill('SIGKILL'), patience)
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return new Promise(done => {
    const end = (code: number | null, complaint: string) => {
      clearTimeout(killer)
      signal.removeEventListener('abort', stop)
      done({ code, complaint: complaint.replace(/^error: /, '') })
    }
    child.on('error', error => end(null, error.message))
    child.on('close', (code, killedBy) =>
      end(code, last.trim() || `the process was ended by ${killedBy ?? `code ${code}`}`),
    )
  })
}
