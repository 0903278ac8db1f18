/**
 * What the studio may read: the runs folder and the data roots, and nothing else. A path is followed to where it really
 * leads, so that a symbolic link is judged by its target. Whether something outside exists is not said either. Hidden
 * names (`.git`, `.env`, the studio's own `.studio`) count as outside.
 */
import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { cacheFolder } from '../base/cache-folder.node.ts'
import { GlasshouseError } from '../base/errors.ts'
import { fileError } from '../base/files.node.ts'

export interface Folders {
  /** where relative paths start */
  readonly base: string
  /** absolute, as they were named */
  readonly runs: string
  readonly roots: readonly string[]
  /**
   * What a process of the studio may open: the folders as they were named and where they really are, and what the
   * program keeps for itself.
   */
  readable(): readonly string[]
  /**
   * The real path of something in the runs folder or a data root.
   * @throws GlasshouseError 'outside-folders', or 'file-enoent' where it would be inside
   */
  allowed(path: string): Promise<string>
  /** The same below the runs folder alone; `name` has forward slashes. */
  ofRun(name: string): Promise<string>
  /** Whether a path that need not exist would be allowed. */
  wouldAllow(path: string): Promise<boolean>
}

/** @param extra folders that are allowed although they are hidden, such as uploads */
export async function createFolders(
  base: string,
  runs: string,
  roots: readonly string[],
  extra: readonly string[] = [],
): Promise<Folders> {
  const named = [...new Set([runs, ...roots, ...extra].map(root => resolve(base, root)))]
  // A root may itself be a link: where it leads was the choice of whoever started the studio. One that is made later
  // (uploads) counts by its name.
  const real = await Promise.all(named.map(root => realpath(root).catch(() => root)))
  const all = [...new Set([...named, ...real])]

  const allowed = async (path: string) => {
    requireName(path)
    const asked = resolve(base, path)
    if (!all.some(root => holds(root, asked))) throw outside(path)
    const found = await realpath(asked).catch((error: NodeJS.ErrnoException) => {
      throw fileError(error, path)
    })
    if (!all.some(root => holds(root, found))) throw outside(path)
    return found
  }
  return {
    base,
    runs: resolve(base, runs),
    roots: roots.map(root => resolve(base, root)),
    readable: () => [...all, resolve(cacheFolder())],
    allowed,
    async ofRun(name) {
      requireName(name)
      const folder = resolve(base, runs)
      const asked = resolve(folder, name)
      if (isAbsolute(name) || !holds(folder, asked)) throw outside(name)
      const found = await allowed(asked)
      if (!holds(await realpath(folder), found)) throw outside(name)
      return found
    },
    async wouldAllow(path) {
      if (path.includes('\0')) return false
      const asked = resolve(base, path)
      const place = await deepestReal(asked)
      return all.some(root => holds(root, asked)) && all.some(root => holds(root, place))
    },
  }
}

/** Whether a path is the root or below it, with no hidden name in between. */
function holds(root: string, path: string): boolean {
  const inside = relative(root, path)
  if (inside === '') return true
  if (isAbsolute(inside)) return false
  return inside.split(sep).every(part => !part.startsWith('.'))
}

/** Where the part of a path that exists really is, with the rest after it. */
async function deepestReal(path: string): Promise<string> {
  const rest: string[] = []
  for (let at = path; ; ) {
    const found = await realpath(at).catch(() => undefined)
    if (found !== undefined) return join(found, ...rest)
    const parent = resolve(at, '..')
    if (parent === at) return path
    rest.unshift(relative(parent, at))
    at = parent
  }
}

/** A NUL ends a name for the operating system; a path that long is a mistake or an attack. */
function requireName(path: string): void {
  if (path !== '' && !path.includes('\0') && path.length <= 4096) return
  throw new GlasshouseError({
    code: 'outside-folders',
    what: path === '' ? 'a path must be given' : 'this is not a path',
    where: path.slice(0, 80),
  })
}

const outside = (where: string): GlasshouseError =>
  new GlasshouseError({
    code: 'outside-folders',
    what: 'this is not in the runs folder or a data folder of the studio',
    where,
    hint: 'Start the studio with --data DIR to show images from there',
  })
