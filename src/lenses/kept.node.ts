/**
 * What a lens keeps between two runs of the same work, so that one that was stopped goes on: tensors by name, in a folder
 * of the cache that is named by a hash of everything they depend on. Each file begins with the SHA-256 of the rest; a
 * doubtful one counts as missing.
 */
import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import { join } from 'node:path'
import { cacheFolder, discardUnused } from '../base/cache-folder.node.ts'
import { makeFolder, readRegular, writeFileAtomic } from '../base/files.node.ts'
import { version } from '../base/version.node.ts'
import { note, type Work } from '../base/work.ts'
import { decoderVersions } from '../data/decode.node.ts'
import { fingerprintOf } from '../models/fingerprint.node.ts'
import type { Network } from '../nets/network.ts'
import type { Engine } from '../runtime/engine.ts'
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.ts'
import type { Kept } from './lens.ts'

/**
 * Opens what is kept of a network under a description of the work.
 * @param what plain data that the results depend on, beside the network and the engine
 */
export async function openKept(work: Work, engine: Engine, network: Network, what: object): Promise<Kept> {
  const made = `glasshouse ${version}, engine ${engine.version} on ${engine.device} in ${engine.threads} threads, ${decoderVersions}`
  const hash = createHash('sha256')
    .update(`1 ${endianness()} ${made} ${fingerprintOf(network)}\n`)
    .update(JSON.stringify([network.preprocessing, what]))
  const all = join(cacheFolder(), 'lenses')
  const folder = join(all, hash.digest('hex').slice(0, 40))
  const pathOf = (name: string) => join(folder, `${name}.safetensors`)
  let isWritable = true
  await makeFolder(folder).then(
    () => discardUnused(all),
    () => {},
  )
  return {
    async read(name) {
      try {
        const bytes = await readRegular(pathOf(name))
        const content = bytes.subarray(digestLength)
        if (!sha256([content]).equals(bytes.subarray(0, digestLength))) return undefined
        return decodeSafetensors(content, pathOf(name)).tensors
      } catch {
        return undefined
      }
    },
    async write(name, tensors) {
      if (!isWritable) return
      const parts = encodeSafetensors(tensors)
      try {
        await writeFileAtomic(pathOf(name), [sha256(parts), ...parts])
      } catch {
        // A cache that cannot be written costs time, nothing else.
        isWritable = false
        note(work, `nothing is kept for a further run: ${folder} cannot be written`)
      }
    },
  }
}

const digestLength = 32

function sha256(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
