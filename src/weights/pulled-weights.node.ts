/**
 * The user's store of published weights, in the cache folder: what `weights pull` puts there, and how a name on the
 * command line becomes a file.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheError, cacheFolder } from '../base/cache-folder.node.ts'
import { GlasshouseError } from '../base/errors.ts'
import { type DownloadOptions, digestOf, download, removeAbandonedParts } from './download.node.ts'
import { fileNameOf, type PublishedWeights, publishedNamed, publishedWeights } from './published.ts'

/** Where published weights lie once they are pulled. */
export const pulledPath = (weights: PublishedWeights): string =>
  join(cacheFolder(), 'weights', fileNameOf(weights))

export interface PulledWeights {
  path: string
  /** of the whole file, in hexadecimal */
  sha256: string
  /** false where it lay there already */
  fetched: boolean
}

/** Fetches published weights, or finds that the right file is there already. */
export async function pullWeights(
  weights: PublishedWeights,
  options: Pick<DownloadOptions, 'work' | 'attempts' | 'patience' | 'stall' | 'slowest'> = {},
): Promise<PulledWeights> {
  const path = pulledPath(weights)
  const { name, url, sha256, megabytes } = weights
  try {
    if (existsSync(path)) {
      const digest = await digestOf(path)
      if (digest.startsWith(sha256)) {
        await removeAbandonedParts(path)
        return { path, sha256: digest, fetched: false }
      }
    }
    const [expected, largest] = [megabytes * 1e6, 2 * megabytes * 1e6]
    const digest = await download({ ...options, url, path, sha256, expected, largest, stage: name })
    return { path, sha256: digest, fetched: true }
  } catch (error) {
    // Of what goes wrong only the trouble with files is the cache folder's.
    const isOfFiles = !(error instanceof GlasshouseError) || error.code.startsWith('file-')
    throw isOfFiles ? cacheError(error, path) : error
  }
}

/**
 * The file of weights that a word means: a path, or the name of published weights that were pulled.
 *
 * @throws GlasshouseError 'weights-not-pulled' where the name is known and the file is not there
 */
export function weightsFile(word: string): string {
  if (existsSync(word)) return word
  const known = publishedNamed(word)
  if (!known) return word
  const path = pulledPath(known)
  if (existsSync(path)) return path
  throw new GlasshouseError({
    code: 'weights-not-pulled',
    what: `these published weights are not here yet (${known.megabytes} MB)`,
    where: word,
    hint: `Fetch them with \`glasshouse weights pull ${known.name}\``,
  })
}

/** @throws GlasshouseError that lists all names */
export function publishedWeightsNamed(name: string, where = 'NAME'): PublishedWeights {
  const found = publishedNamed(name)
  if (found) return found
  throw new GlasshouseError({
    code: 'unknown-weights',
    what: `there are no published weights called '${name}'`,
    where,
    expected: publishedWeights.map(known => known.name).join(', '),
    hint: '`glasshouse weights list` tells more about each',
  })
}
