/**
 * Reading and writing files safely. Written files are never half written: the content goes to a temporary name
 * beside the target, is synced and renamed. Only regular files are read: a pipe or a device could wait for ever.
 */
import { constants, existsSync, type Stats } from 'node:fs'
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { GlasshouseError } from './errors.ts'
import { removeLeftovers, temporaryName } from './leftovers.node.ts'

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
  ENAMETOOLONG: { what: 'the name is too long', hint: 'Choose a shorter name', fault: 'user' },
  ELOOP: { what: 'symbolic links lead in a circle', hint: 'Remove one of the links', fault: 'user' },
  ERR_INVALID_ARG_VALUE: {
    what: 'a file name cannot contain the character NUL',
    hint: 'Choose another name',
    fault: 'user',
  },
  EIO: { what: 'the disk failed to read or write', hint: 'Check the disk', fault: 'machine' },
  EMFILE: { what: 'too many open files', hint: 'Raise the limit with ulimit -n', fault: 'machine' },
}

/** Refuses a folder that is not there. @param field what named it, such as ['options', 'folder'] */
export function requireFolder(path: string, field?: readonly string[]): void {
  if (existsSync(path)) return
  throw new GlasshouseError({
    code: 'file-enoent',
    what: 'no such folder',
    where: path,
    path: field,
    hint: 'Check the spelling of the path',
  })
}

/** Turns an error of the file system into one that a user can act on; passes every other error through. */
export function fileError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException)?.code
  const known = code === undefined ? undefined : faults[code]
  if (!known || error instanceof GlasshouseError) return error
  return new GlasshouseError({
    code: `file-e${code!.slice(1).toLowerCase()}`,
    where: path,
    cause: error,
    ...known,
  })
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

/** What `mkdir` says where another process was first is no error. */
export function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

function topmostMissing(path: string): string {
  const parent = dirname(resolve(path))
  return existsSync(parent) ? path : topmostMissing(parent)
}

/** What a file is called that is neither a regular file nor a folder; undefined for a regular one. */
export function whyNotRegular(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a named pipe'
  if (stats.isSocket()) return 'a socket'
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'not a regular file'
}

/** Opens a file to read it; everything but a regular file is refused by name, before it could wait for a writer. */
export async function openRegular(path: string): Promise<FileHandle> {
  try {
    requireRegular(await stat(path), path)
    // Without waiting, should a pipe have taken the file's place in the meantime; Windows has no such flag.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stats = await file.stat()
      requireRegular(stats, path)
      await requireInside(stats, path)
    } catch (error) {
      await file.close()
      throw error
    }
    return file
  } catch (error) {
    throw fileError(error, path)
  }
}

/** Names the folders that a process, and those that it starts, may open files of: real paths, as JSON. */
export const onlyWithin = 'GLASSHOUSE_ONLY_WITHIN'

/**
 * A link that appears while somebody else's data is read leads nowhere else: what was opened must lie in the folders.
 * @param stats of the open file, which is looked at, whatever has taken its place on the disk since
 */
async function requireInside({ dev, ino }: Stats, path: string): Promise<void> {
  const within = process.env[onlyWithin]
  if (within === undefined) return
  const place = await realpath(path)
  const folders: string[] = JSON.parse(within)
  const now = await stat(place)
  const isInside = folders.some(folder => {
    const way = relative(folder, place)
    return way === '' || !(isAbsolute(way) || way === '..' || way.startsWith(`..${sep}`))
  })
  if (isInside && now.dev === dev && now.ino === ino) return
  throw new GlasshouseError({
    code: 'outside-folders',
    what: 'this link leads out of the folders that may be read',
    where: path,
    hint: 'Start the studio with --data and the folder that it leads to, or remove the link',
  })
}

function requireRegular(stats: Stats, path: string): void {
  const kind = whyNotRegular(stats)
  if (kind === undefined) return
  throw new GlasshouseError({
    code: stats.isDirectory() ? 'file-eisdir' : 'file-not-regular',
    what: `this is ${kind}, not a file`,
    where: path,
    hint: stats.isDirectory() ? 'Name a file' : 'Only regular files are read: write its content into one',
  })
}

/** The content of a regular file that is at most `limit` bytes long. */
export async function readRegular(path: string, limit = 2 ** 31 - 1): Promise<Buffer> {
  const file = await openRegular(path)
  try {
    const { size } = await file.stat()
    if (size > limit) {
      throw new GlasshouseError({
        code: 'file-too-large',
        what: 'the file is too large',
        where: path,
        expected: `at most ${Math.floor(limit / 2 ** 20)} MiB`,
        got: `${Math.ceil(size / 2 ** 20)} MiB`,
      })
    }
    return await file.readFile()
  } catch (error) {
    throw fileError(error, path)
  } finally {
    await file.close()
  }
}

type Content = string | Uint8Array | readonly Uint8Array[]

/** Writes the whole file or nothing: a reader, or a crash at any moment, sees the old content or the new. */
export async function writeFileAtomic(path: string, content: Content): Promise<void> {
  await makeFolder(dirname(path))
  await replaceFile(path, content)
}

/**
 * The same for a file in a folder of results, `name` being its path inside. Folders inside are made, that one is not:
 * where it was moved away, nothing new may appear in its place that looks like a part of it.
 */
export async function writeInside(folder: string, name: string, content: Content): Promise<void> {
  const above: string[] = []
  for (let part = dirname(name); part !== '.'; part = dirname(part)) above.unshift(join(folder, part))
  for (const path of above)
    await mkdir(path)
      .catch(unlessThere)
      .catch(error => {
        throw fileError(error, path)
      })
  await replaceFile(join(folder, name), content)
}

async function replaceFile(path: string, content: Content): Promise<void> {
  const temporary = temporaryName(path)
  try {
    await removeLeftovers(dirname(path))
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
