/**
 * One process at a time in a run's folder. The lock is a file that names its holder: process, when that process was
 * started, and machine. It survives kills, and is then known to be stale: no process of that number, or one that was
 * started at another time. Where the holder cannot be looked up (another machine, another container) the lock counts as
 * stale when its holder has not touched it for ten minutes.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { constants, existsSync, readFileSync, readlinkSync, unlinkSync, utimesSync } from 'node:fs'
import { copyFile, link, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import { fileError, makeFolder } from '../base/files.node.ts'
import { isAlive as isRunning, moveVoidLock } from '../base/leftovers.node.ts'

const holderSchema = z.object({
  pid: z.number().int().min(1),
  /** when the process was started, as the system says it */
  started: z.string(),
  /** the machine, and the container where there are several on one */
  host: z.string(),
  /** for people */
  since: z.string(),
  /** of this lock alone */
  id: z.string(),
})

type Holder = z.output<typeof holderSchema>

export interface Lock {
  /** throws where somebody has taken the lock away */
  requireHeld(): void
  release(): void
}

export const lockFile = (folder: string): string => join(folder, 'run.lock')

const beatEvery = 20_000
/** A holder that is out of sight and silent for as long is gone. */
const silentFor = 600_000

let names = 0

/** Takes the folder for this process. @throws GlasshouseError 'run-locked' where another one has it */
export async function lockFolder(folder: string): Promise<Lock> {
  await makeFolder(folder)
  const path = lockFile(folder)
  const own = `${path}.${process.pid}.${names++}.tmp`
  const me: Holder = {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    host: machine(),
    since: new Date().toISOString(),
    id: randomUUID(),
  }
  try {
    const text = `${JSON.stringify(me)}\n`
    await writeFile(own, text, { flag: 'wx' })
    for (let attempt = 0; ; attempt++) {
      if (await take(own, path)) return held(path, text)
      await removeStale(path, own, attempt)
    }
  } catch (error) {
    throw fileError(error, path)
  } finally {
    await rm(own, { force: true }).catch(() => {})
  }
}

/** A link is made or not made, whoever else tries: there is no moment in which two have the lock. */
async function take(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error
      // Some file systems have no links.
      await copyFile(own, path, constants.COPYFILE_EXCL)
    })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Makes way where the lock is stale; throws where it is not. */
async function removeStale(path: string, own: string, attempt: number): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return
  const holder = holderOf(text)
  const stale = await isStale(path, own, holder)
  if (!stale || attempt > 20) throw locked(path, holder)
  moveVoidLock(path, text)
}

function holderOf(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Whether a process of this machine is known to be at work in the folder. */
export async function isLocked(folder: string): Promise<boolean> {
  const text = await readFile(lockFile(folder), 'utf8').catch(() => '')
  const holder = holderOf(text)
  return holder?.host === machine() && isAlive(holder)
}

const isAlive = ({ pid, started }: Holder): boolean => startOf(pid) === started

async function isStale(path: string, own: string, holder: Holder | undefined): Promise<boolean> {
  if (holder?.host === machine()) return !isAlive(holder)
  const [lock, now] = await Promise.all([stat(path).catch(() => undefined), stat(own)])
  // Both times are those of the file system that the folder is on.
  return lock === undefined || now.mtimeMs - lock.mtimeMs > silentFor
}

const locked = (path: string, holder?: Holder): GlasshouseError =>
  new GlasshouseError({
    code: 'run-locked',
    what: 'another process is at work in this folder',
    where: path,
    got: holder && `process ${holder.pid} on ${holder.host.split(' ')[0]}, since ${holder.since}`,
    hint: 'Wait until it has ended, or name another folder with --out; where no such process exists, remove the file',
  })

function held(path: string, text: string): Lock {
  const isHeld = () => quietly(() => readFileSync(path, 'utf8')) === text
  const beat = setInterval(() => {
    const now = new Date()
    if (isHeld()) utimesSync(path, now, now)
  }, beatEvery)
  beat.unref()
  return {
    requireHeld() {
      if (isHeld()) return
      throw new GlasshouseError({
        code: 'run-disturbed',
        what: existsSync(path)
          ? 'another process has taken the folder over'
          : 'the lock of the folder was removed while the run was training',
        where: path,
        fault: 'machine',
        hint: 'Resume the run when nothing else works in its folder',
      })
    },
    release() {
      clearInterval(beat)
      try {
        if (isHeld()) unlinkSync(path)
      } catch {
        // A lock that cannot be removed is stale as soon as this process has ended.
      }
    },
  }
}

/** The machine's name, and what tells its boots and containers apart, since they count processes each for itself. */
function machine(): string {
  return [hostname(), ...[bootOf, containerOf].map(part => quietly(part) ?? '')].join(' ').trim()
}

const bootOf = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
const containerOf = () => readlinkSync('/proc/self/ns/pid')

/** When a process was started, in the system's own words; undefined where there is no such process. */
function startOf(pid: number): string | undefined {
  // The process's name, in parentheses, may hold anything; the 22nd field of the line is the start.
  if (process.platform === 'linux')
    return quietly(() => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')
      // A zombie has ended.
      return fields[0] === 'Z' ? undefined : fields[19]
    })
  if (process.platform === 'win32') return isRunning(pid) ? 'alive' : undefined
  return quietly(() => execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim())
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
