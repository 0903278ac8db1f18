/** A job as a child process of the same program, which hands its events on and ends with the server. */
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, statSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { GlasshouseError } from '../../base/errors.ts'
import { onlyWithin } from '../../base/files.node.ts'
import { isAlive } from '../../base/leftovers.node.ts'
import { failureIn, relayFrom, relayOptions } from '../../base/relay.node.ts'
import type { Work } from '../../base/work.ts'
import { isObjectiveFile } from '../../objectives/file.ts'
import { isRunFolder } from '../../runs/folder.node.ts'
import { isLocked, lockFile, lockFolder } from '../../runs/lock.node.ts'
import { lastCheckpoint } from '../../runs/record.ts'

const program = fileURLToPath(new URL('../../../bin/glasshouse.js', import.meta.url))

interface RunningJob {
  pid: number | undefined
  /** what it failed with: its own error, else the last line on standard error */
  ended: Promise<GlasshouseError | undefined>
  /** asks it to stop and to keep what is finished; ends it where it does not */
  stop(): void
}

/** Milliseconds that a job has to stop. */
const patience = 10_000
/** In bytes: what a job says beyond that is left out. */
const longestLog = 8 * 2 ** 20

/**
 * @param words of the command line, with --out
 * @param base the folder that it works in
 * @param within the folders that it may open files of: links that appear while it runs lead nowhere else
 */
export function startProcess(
  words: readonly string[],
  base: string,
  log: string,
  work: Pick<Work, 'emit'>,
  within?: readonly string[],
): RunningJob {
  const { env, ...relay } = relayOptions()
  const child = spawn(process.execPath, [program, ...words], {
    ...relay,
    env: { ...env, ...(within && { [onlyWithin]: JSON.stringify(within) }) },
    cwd: base,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In a group of its own a Ctrl-C of the terminal reaches it once, from here.
    detached: process.platform !== 'win32',
  })
  relayFrom(child, work)
  let failure: GlasshouseError | undefined
  child.on('message', message => {
    failure ??= failureIn(message)
  })
  const file = createWriteStream(log, { flags: 'a' })
  file.on('error', () => {})
  let bytes = existsSync(log) ? statSync(log).size : 0
  let said = ''
  const keep = (text: Buffer) => {
    if (bytes < longestLog) file.write(text)
    bytes += text.length
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', (text: Buffer) => {
    keep(text)
    said = (said + text).slice(-4000)
  })
  let killing: NodeJS.Timeout | undefined
  const ended = new Promise<GlasshouseError | undefined>(done => {
    const end = (code: number | null, complaint: string) => {
      clearTimeout(killing)
      file.end()
      const what = complaint.replace(/^error: /, '')
      done(
        code === 0
          ? undefined
          : (failure ?? new GlasshouseError({ code: 'job-failed', what, fault: 'machine' })),
      )
    }
    child.on('error', error => end(null, error.message))
    child.on('close', (code, killedBy) =>
      end(code, said.trim().split('\n').at(-1) || `the process was ended by ${killedBy ?? `code ${code}`}`),
    )
  })
  return {
    pid: child.pid,
    ended,
    stop() {
      child.kill('SIGINT')
      killing ??= globalThis.setTimeout(() => child.kill('SIGKILL'), patience)
    },
  }
}

/**
 * The words of an attempt. A training goes on from its last checkpoint; without one it begins again in an empty folder.
 * Sweeps and pretext tasks go on by themselves, and a lens is looked through once more.
 */
export async function wordsFor(words: readonly string[], folder: string): Promise<string[]> {
  const out = ['--out', folder]
  if (words[0] !== 'train' || !isRunFolder(folder) || words.includes('--resume')) return [...words, ...out]
  if (!existsSync(join(folder, lastCheckpoint))) {
    await emptied(folder)
    return [...words, ...out]
  }
  // What the record does not keep is said again; so is an objective of the user's own, by its file.
  const again = ['--threads', '--device', '--checkpoint-every']
  const kept = words.flatMap((word, at) => {
    const value = words[at + 1] ?? ''
    const isKept = again.includes(word) || (word === '--objective' && isObjectiveFile(value))
    return isKept ? [word, value] : []
  })
  return ['train', '--resume', folder, ...kept, ...out]
}

/** Leaves a folder as it is where somebody is at work in it: the training that is begun there refuses, and says who. */
async function emptied(folder: string): Promise<void> {
  const lock = await lockFolder(folder).catch(error => {
    if (error instanceof GlasshouseError && error.code === 'run-locked') return undefined
    throw error
  })
  try {
    const names = lock ? (await readdir(folder)).filter(name => name !== basename(lockFile(folder))) : []
    for (const name of names) await rm(join(folder, name), { recursive: true, force: true })
  } finally {
    lock?.release()
  }
}

/** Waits for the process of an earlier server, which ends when that is gone; and for whoever else is in the folder. */
export async function untilFree(folder: string, pid: number | undefined, signal: AbortSignal): Promise<void> {
  const until = async (milliseconds: number, isBusy: () => boolean | Promise<boolean>) => {
    for (const end = performance.now() + milliseconds; performance.now() < end && (await isBusy()); )
      await setTimeout(100, undefined, { signal })
  }
  if (pid !== undefined) await until(15_000, () => isAlive(pid))
  await until(60_000, () => isLocked(folder))
}
