/** Opens what a user calls VECTORS: an .arrow or .npy file, or what a run embedded at an epoch, `run@7:test`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { GlasshouseError } from '../base/errors.ts'
import { type ReadVectorsOptions, readVectors } from '../embedding/vectors.node.ts'
import type { Vectors } from '../embedding/vectors.ts'
import { isRunFolder } from './folder.node.ts'
import { embeddingsName } from './record.ts'

export async function openVectors(source: string, options?: ReadVectorsOptions): Promise<Vectors> {
  const [, run, epoch, split] = /^(.+)@(\d+):(\w+)$/.exec(source) ?? []
  if (run !== undefined && isRunFolder(run)) {
    const path = join(run, embeddingsName(Number(epoch), split))
    if (existsSync(path)) return readVectors(path, options)
    throw new GlasshouseError({
      code: 'no-embeddings',
      what: `the run has no vectors of the ${split} split at epoch ${epoch}`,
      where: source,
      hint: `Runs of an embedding keep them in ${join(run, 'embeddings')}`,
    })
  }
  if (!isRunFolder(source)) return readVectors(source, options)
  throw new GlasshouseError({
    code: 'no-embeddings',
    what: 'this is a run, not a file of vectors',
    where: source,
    hint: `Name an epoch and a split: ${source}@0:test`,
  })
}
