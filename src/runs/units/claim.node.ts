/**
 * Who may work on a unit, on a file system that several machines share. A claim is a file that is made by a link, so
 * one of any number gets it. Its holder renews it by writing into the file it has open; a claim that was not renewed
 * for the length of a lease goes to whoever finds it so. All times are those of the file system: a machine whose clock
 * is wrong does no harm.
 *
 * Work is done in a folder that carries the token of its attempt. Whoever takes over renames that folder first, so an
 * earlier holder that wakes up finds nothing at its own path, and cannot commit: a commit renames from there. Of a commit
 * and a takeover at the same moment, the first to rename has the whole folder, and the other one has nothing.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { GlasshouseError } from '../../base/errors.ts'
import { fileError, makeFolder } from '../../base/files.node.ts'
import { moveVoidLock, temporaryName } from '../../base/leftovers.node.ts'
import { lockFile } from '../lock.node.ts'
import { lastCheckpoint } from '../record.ts'

export interface Claim {
  /** where the work is done; holds what an earlier attempt has left */
  attempt: string
  /** throws 'run-disturbed' where another has taken the unit over */
  requireHeld(): Promise<void>
  /** moves what was made at `from`, inside the attempt, to its place; throws 'run-disturbed' where the claim was lost */
  commit(from: string, to: string): Promise<void>
  /**
   * Lets go of the unit. What the attempt has made stays for the next one, and goes where there is none to come: the unit
   * is done, or another has it, who has moved away what there was.
   */
  release(isDone?: boolean): Promise<void>
}

/** Where the list of units lies, and what becomes of each; see `list.node.ts`. */
export const unitsIn = (folder: string): string => join(folder, 'units')
const claimsIn = (folder: string) => join(folder, 'claims')
const attemptsIn = (folder: string) => join(folder, 'attempts')

/**
 * @param name of the unit, a name of a file
 * @param lease seconds
 * @returns undefined where somebody else is at work on it
 */
export async function claimUnit(folder: string, name: string, lease: number): Promise<Claim | undefined> {
  const path = join(claimsIn(folder), name)
  const token = randomUUID()
  const text = `${JSON.stringify({ token, host: hostname(), pid: process.pid })}\n`
  const own = temporaryName(path)
  const file = await inFolder(claimsIn(folder), () => open(own, 'wx+')).catch(error => {
    throw fileError(error, own)
  })
  try {
    await file.write(text, 0)
    if (!(await take(own, path, lease))) {
      await file.close()
      return undefined
    }
    const attempt = join(attemptsIn(folder), `${name}.${token}`)
    // From here on others wait for it: it is renewed while the folder is made, and free at once where that fails.
    const claim = hold(file, path, text, attempt, lease)
    try {
      await inherit(folder, name, attempt)
    } catch (error) {
      await claim.release().catch(() => {})
      throw error
    }
    return claim
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  } finally {
    await rm(own, { force: true }).catch(() => {})
  }
}

/** Links the claim into its place; makes way for it where the one that is there has run out. */
async function take(own: string, path: string, lease: number): Promise<boolean> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      await link(own, path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError(error, path)
    }
    const [text, claim, now] = await Promise.all([
      readFile(path, 'utf8').catch(() => undefined),
      stat(path).catch(() => undefined),
      stat(own),
    ])
    if (text === undefined || claim === undefined) continue
    if (now.mtimeMs - claim.mtimeMs < 1000 * lease) return false
    moveVoidLock(path, text)
  }
  return false
}

/**
 * Takes over what earlier attempts have left, of several the one that has come to a checkpoint. Each is moved before
 * anything else is done with it: its holder may still commit it at its own path, and must not find half of it there.
 */
async function inherit(folder: string, name: string, attempt: string): Promise<void> {
  const parent = attemptsIn(folder)
  const entries = await inFolder(parent, () => readdir(parent)).catch(error => {
    throw fileError(error, parent)
  })
  const left = entries.filter(entry => entry.startsWith(`${name}.`)).map(entry => join(parent, entry))
  const best = left.find(path => existsSync(join(path, lastCheckpoint))) ?? left[0]
  for (const path of left) {
    const own = path === best ? attempt : temporaryName(attempt)
    await rename(path, own).catch(unlessGone)
    if (path !== best) await rm(own, { recursive: true, force: true })
  }
  await mkdir(attempt, { recursive: true })
  // Its holder has lost the claim, and with it the lock.
  if (best) await rm(lockFile(attempt), { force: true })
}

/** Does what needs a folder, and makes it where it is missing: of very many times it is once. */
async function inFolder<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await makeFolder(folder)
    return act()
  }
}

/** Its holder may have committed it a moment before. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

function hold(file: FileHandle, path: string, text: string, attempt: string, lease: number): Claim {
  const isHeld = async () => (await readFile(path, 'utf8').catch(() => '')) === text
  // The open file is renewed, not the path, which may be somebody else's by now.
  const renew = setInterval(() => void file.write(text, 0).catch(() => {}), (1000 * lease) / 4)
  const lost = () =>
    new GlasshouseError({
      code: 'run-disturbed',
      what: 'the lease ran out and another worker has taken the unit over',
      where: path,
      fault: 'machine',
      hint: 'Nothing is lost: the other worker goes on with it',
    })
  const requireHeld = async () => {
    if (!(await isHeld())) throw lost()
  }
  return {
    attempt,
    requireHeld,
    async commit(from, to) {
      await requireHeld()
      await inFolder(dirname(to), () => rename(join(attempt, from), to)).catch(
        (error: NodeJS.ErrnoException) => {
          throw error.code === 'ENOENT' && !existsSync(attempt) ? lost() : fileError(error, to)
        },
      )
    },
    async release(isDone = false) {
      clearInterval(renew)
      await file.close().catch(() => {})
      const isOwn = await isHeld()
      if (isOwn) await rm(path, { force: true })
      if (isDone || !isOwn) await clearAttempt(attempt, dirname(path))
    },
  }
}

/** The whole results may be there by now, and nobody may come who clears their folder. */
async function clearAttempt(attempt: string, claims: string): Promise<void> {
  const attempts = dirname(attempt)
  // Whoever takes it over at this moment has all of it or nothing.
  const aside = temporaryName(join(attempts, `left-${randomUUID()}`))
  await rename(attempt, aside).catch(() => {})
  await rm(aside, { recursive: true, force: true }).catch(() => {})
  for (const folder of [attempts, claims]) await rmdir(folder).catch(() => {})
}

/** The names of the units that somebody holds, or held when he was killed. */
export const claimedIn = async (folder: string): Promise<Set<string>> =>
  new Set(await readdir(claimsIn(folder)).catch(() => []))

/** Removes what claims, attempts and lists of units leave, once all units are done. */
export async function clearClaims(folder: string): Promise<void> {
  for (const path of [claimsIn(folder), attemptsIn(folder), unitsIn(folder)])
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
}
