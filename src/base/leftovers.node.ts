/**
 * Temporary files and locks, and what killed processes leave of them. A temporary name holds the machine and the process that
 * writes the file, so that another process can see later whether the writer still lives; if not, the file is removed.
 */
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { sha256Of } from './digest.node.ts'

const machine = sha256Of(hostname()).slice(0, 8)

/** Files of other machines, whose processes cannot be looked up, are removed when nobody has written them for a day. */
const abandonedAfter = 24 * 3600 * 1000

const pattern = /\.(?:([0-9a-f]{8})-)?(\d{1,10})\.\d+\.tmp$/

/** Beyond this, a file's name may become too long for the file system once the temporary part is added. */
const longestStem = 180

let temporaryNames = 0

/** A name beside `path` that no other process and no other call uses. */
export function temporaryName(path: string): string {
  const own = `.${machine}-${process.pid}.${temporaryNames++}.tmp`
  const stem = Buffer.from(basename(path))
  if (stem.length <= longestStem) return `${path}${own}`
  return join(dirname(path), `${sha256Of(stem).slice(0, 16)}${own}`)
}

/** Folders that this process has cleaned; one look at each is enough, since the process cleans up after itself. */
const cleaned = new Set<string>()

/** Removes the temporary files and folders of dead processes from a folder; a folder that cannot be read is left alone. */
export async function removeLeftovers(folder: string): Promise<void> {
  const key = resolve(folder)
  if (cleaned.has(key)) return
  cleaned.add(key)
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    if (pattern.test(name) && (await isAbandoned(path, name)))
      await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

async function isAbandoned(path: string, name: string): Promise<boolean> {
  const [, writer, id] = pattern.exec(name) ?? []
  if (writer === machine) return !isAlive(Number(id))
  const stats = await stat(path).catch(() => undefined)
  return stats !== undefined && Date.now() - stats.mtimeMs > abandonedAfter
}

/** Signal 0 is not delivered; it only asks. A process of another user answers with EPERM. */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Moves a lock away that was found void when it held `text`, unless it holds something else by now. There is no pause
 * between a look and the move, so within a process nobody takes the lock meanwhile; if another process did, it is put back.
 */
export function moveVoidLock(lock: string, text: string): void {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
  }
  if (read(lock) !== text) return
  const aside = temporaryName(lock)
  try {
    renameSync(lock, aside)
    if (read(aside) !== text) linkSync(aside, lock)
  } catch {
    // Somebody was faster.
  }
  rmSync(aside, { force: true })
}
