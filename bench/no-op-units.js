// Units of work that compute nothing, for measuring and disturbing what is around them: each is a shard whose content
// follows from its number, and is written as `embed` writes one.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestName, nameOfShard, shardName } from '../dist/embedding/vector-shards.node.js'
import { readUnit } from '../dist/runs/units/unit.js'

/** @returns {import('../dist/embedding/vector-shards.node.js').ShardManifest} */
const manifestFor = count => ({
  ...{ format: 1, kind: 'vectors', images: count, dim: 2, shard: 1, batch: 1 },
  model: { source: 'small', layer: 'embedding', fingerprint: 'a'.repeat(64) },
  data: { source: 'data', split: 'all', fingerprint: 'b'.repeat(64) },
})

export function unitsIn(folder, count) {
  const manifest = manifestFor(count)
  return Array.from({ length: count }, (_, index) =>
    readUnit({
      ...{ kind: 'shard', folder, data: folder, model: 'small', seed: 0, threads: 1, split: 'all', batch: 1 },
      ...{ strict: false, shard: 1, index, content: nameOfShard(manifest, index), wishes: {} },
    }),
  )
}

export const contentOf = index => `vectors of shard ${index}\n`.repeat(200)

/** @param milliseconds that a process of its own takes; in this process, and at once, where it is 0 */
export const computeFor = (count, milliseconds) => async (words, signal) => {
  const at = flag => words[words.indexOf(flag) + 1]
  const [index, out] = [Number(at('--part')), at('--out')]
  if (milliseconds) {
    const code = await child(milliseconds, signal)
    if (code !== 0) return { code, complaint: `the process was ended (${code})` }
  }
  try {
    mkdirSync(join(out, 'shards'), { recursive: true })
    writeFileSync(join(out, manifestName), JSON.stringify(manifestFor(count)))
    writeFileSync(join(out, shardName(index)), contentOf(index))
  } catch (error) {
    return { code: 1, complaint: error.message }
  }
  return { code: 0, complaint: '' }
}

const child = (milliseconds, signal) =>
  new Promise(done => {
    const process = spawn('sleep', [String(milliseconds / 1000)], { stdio: 'ignore' })
    signal.addEventListener('abort', () => process.kill('SIGINT'), { once: true })
    process.on('close', done)
  })
