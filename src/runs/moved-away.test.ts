/**
 * The folder of a run, or of shards, that is moved away while a process works in it, as another worker does that takes the
 * work over: what the process still writes may not appear in its place, where it would look like work that was done.
 */
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type ShardManifest, writeShard } from '../embedding/vector-shards.node.ts'
import { createContext } from '../runtime/context.node.ts'
import { beginning } from '../training/loop.ts'
import { writeCheckpoint } from './checkpoint.node.ts'
import { exampleRecord } from './fixtures/record.ts'
import { writeRecord } from './folder.node.ts'
import { cutLog } from './log.node.ts'
import { writeTriplets } from './triplets.node.ts'

const manifest: ShardManifest = {
  ...{ format: 1, kind: 'vectors', images: 1, dim: 2, shard: 1, batch: 1 },
  model: { source: 'small', layer: 'embedding', fingerprint: 'a'.repeat(64) },
  data: { source: 'data', split: 'all', fingerprint: 'b'.repeat(64) },
}
const vectors = { ids: Int32Array.of(0), paths: ['a'], labels: ['b'], dim: 2, data: Float32Array.of(1, 0) }
const none = new Float32Array()
const triplets = {
  ...{ positive: none, negative: none },
  ...{ positiveIndex: new Int32Array(), negativeIndex: new Int32Array() },
}

const writers: Record<string, (folder: string) => Promise<unknown>> = {
  'a record': folder => writeRecord(folder, exampleRecord()),
  'a checkpoint': folder => writeCheckpoint(folder, new Map(), beginning()),
  'a log': folder => cutLog(folder, 0, 0),
  triplets: folder => writeTriplets(folder, 'triplets/epoch-0.arrow', new Int32Array(), triplets),
  'a shard': folder => writeShard(folder, manifest, 0, vectors),
  'a page': async folder => {
    const context = createContext({ folder: async () => folder })
    await context.write('parts/page.html', '')
  },
}

it.each(Object.keys(writers))('%s is written into its folder, and does not make it again', async name => {
  const there = mkdtempSync(join(tmpdir(), 'glasshouse-moved-'))
  await writers[name](there)
  const gone = join(there, 'gone')
  await expect(writers[name](gone)).rejects.toMatchObject({ code: 'file-enoent' })
  expect(existsSync(gone)).toBe(false)
})
