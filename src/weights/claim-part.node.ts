/** Downloads of one file that run at the same time do not disturb each other: one of them claims the part that it fills. */
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { isAlive, moveVoidLock, temporaryName } from '../base/leftovers.node.ts'

const claimed = new Set<string>()

/**
 * The right to fill the part of a file, until it is given back; undefined while another download has it, in this process
 * or in one that still runs. The claim of a process that was killed is void.
 */
export async function claimPart(path: string): Promise<(() => Promise<void>) | undefined> {
  if (claimed.has(path)) return undefined
  claimed.add(path)
  const lock = `${path}.part.lock`
  const mine = temporaryName(lock)
  const giveBack = async () => {
    claimed.delete(path)
    await rm(lock, { force: true })
  }
  try {
    // A link is made with its content in one step, so that no lock is ever seen empty.
    await writeFile(mine, String(process.pid))
    for (let attempts = 0; attempts < 3; attempts++) {
      try {
        await link(mine, lock)
        return giveBack
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        const text = await readFile(lock, 'utf8').catch(() => '')
        const owner = Number(text)
        // A number of our own was another process's before this one got it.
        if (owner !== process.pid && owner > 0 && isAlive(owner)) break
        moveVoidLock(lock, text)
      }
    }
    claimed.delete(path)
    return undefined
  } catch {
    // A file system without links, or one that cannot be written: the download itself says what is wrong.
    return giveBack
  } finally {
    await rm(mine, { force: true }).catch(() => {})
  }
}
