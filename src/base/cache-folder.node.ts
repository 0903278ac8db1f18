/**
 * Where things are kept that can always be made again: $GLASSHOUSE_CACHE, or `glasshouse` under the user's
 * cache folder. Everything in it may be deleted at any time.
 */
import { readdir, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { GlasshouseError } from './errors.ts'
import { fileError } from './files.node.ts'

export const cacheFolder = (): string =>
  process.env.GLASSHOUSE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'glasshouse')

/** An error of the file system below the cache folder, with the way out that only the cache has. */
export function cacheError(error: unknown, path: string): unknown {
  const known = fileError(error, path)
  if (!(known instanceof GlasshouseError)) return known
  const { code, what, where, fault } = known
  return new GlasshouseError({
    code,
    what: `the cache cannot be used: ${what}`,
    where,
    fault,
    hint: 'Name another cache folder in the environment variable GLASSHOUSE_CACHE',
    cause: error,
  })
}

const keptDays = 30

/** Removes what was not opened for a month, leftovers of killed processes among it. */
export async function discardUnused(folder: string): Promise<void> {
  const oldest = Date.now() - keptDays * 24 * 3600 * 1000
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const used = await stat(path).catch(() => undefined)
    if (used && used.mtimeMs < oldest) await rm(path, { recursive: true, force: true })
  }
}
