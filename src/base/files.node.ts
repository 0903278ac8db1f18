/**
 * Writing files so that nothing is ever half written: to a temporary name beside the target, synced, renamed.
 */
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { GlasshouseError } from './errors.ts'

/** What the operating system calls it, and what we tell the user. */
const faults: Record<string, { what: string; hint: string; fault: 'user' | 'machine' }> = {
  ENOSPC: {
    what: 'the disk is full',
    hint: 'Free some space and run the same command again',
    fault: 'machine',
  },
  EDQUOT: {
    what: 'the disk quota is used up',
    hint: 'Free some space and run the same command again',
    fault: 'machine',
  },
  EROFS: {
    what: 'the folder is on a read-only file system',
    hint: 'Name a writable folder with --out',
    fault: 'user',
  },
  EACCES: { what: 'no permission', hint: 'Change the permissions or name another folder', fault: 'user' },
  EPERM: { what: 'not permitted', hint: 'Change the permissions or name another folder', fault: 'user' },
  ENOTDIR: { what: 'a part of the path is a file, not a folder', hint: 'Name another folder', fault: 'user' },
  EISDIR: { what: 'this is a folder, not a file', hint: 'Name a file', fault: 'user' },
  ENOENT: { what: 'no such file or folder', hint: 'Check the spelling of the path', fault: 'user' },
  EEXIST: { what: 'something of that name is in the way', hint: 'Name another path', fault: 'user' },
  EIO: { what: 'the disk failed to read or write', hint: 'Check the disk', fault: 'machine' },
  EMFILE: { what: 'too many open files', hint: 'Raise the limit with ulimit -n', fault: 'machine' },
}

/** Turns an error of the file system into one that a user can act on; passes every other error through. */
export function fileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException)?.code
  const known = code === undefined ? undefined : faults[code]
  if (!known || error instanceof GlasshouseError) return error
  return new GlasshouseError({ code: `file-${code!.toLowerCase()}`, where: path, cause: error, ...known })
}

/** Makes a folder and those above it that are missing. */
export async function makeFolder(path: string): Promise<string> {
  try {
    // The recursive form alone says ENOENT on a read-only file system, and in /proc it never comes to an end.
    if (!existsSync(path)) await mkdir(topmostMissing(path)).catch(unlessThere)
    await mkdir(path, { recursive: true })
  } catch (error) {
    throw fileError(error, path)
  }
  return path
}

/** Another process may have been first. */
function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

function topmostMissing(path: string): string {
  const parent = dirname(resolve(path))
  return existsSync(parent) ? path : topmostMissing(parent)
}

let temporaryNames = 0

/** Writes the whole file or nothing: a reader, or a crash at any moment, sees the old content or the new. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
): Promise<void> {
  const temporary = `${path}.${process.pid}.${temporaryNames++}.tmp`
  try {
    await makeFolder(dirname(path))
    const file = await open(temporary, 'w')
    try {
      for (const part of Array.isArray(content) ? content : [content]) await file.writeFile(part)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw fileError(error, path)
  }
}
