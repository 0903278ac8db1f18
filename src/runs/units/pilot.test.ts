/** Workers on one list: everything is done once, what cannot be done is set aside, and they leave in time. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { createWork } from '../../base/work.ts'
import {
  manifestName,
  nameOfShard,
  type ShardManifest,
  shardName,
} from '../../embedding/vector-shards.node.ts'
import type { UnitWork } from './carry-out.node.ts'
import { endedNames, endNoted, noteTries, writeList } from './list.node.ts'
import { workOn } from './pilot.node.ts'
import { readUnit, type Unit } from './unit.ts'

const manifest: ShardManifest = {
  format: 1,
  kind: 'vectors',
  images: 40,
  dim: 2,
  shard: 1,
  batch: 1,
  model: { source: 'small', layer: 'embedding', fingerprint: 'a'.repeat(64) },
  data: { source: 'data', split: 'all', fingerprint: 'b'.repeat(64) },
}

describe('workers on one list', () => {
  let folder: string
  const unitOf = (index: number): Unit =>
    readUnit({
      ...{ kind: 'shard', folder, data: folder, model: 'small', seed: 0, threads: 1, split: 'all', batch: 1 },
      ...{ strict: false, shard: 1, index, content: nameOfShard(manifest, index), wishes: {} },
    })
  const made = () => readFileSync(join(folder, 'made'), 'utf8').trim().split('\n').map(Number)
  /** Writes what `embed` would, and a line for each time that it did. */
  const compute: UnitWork['compute'] = async words => {
    const at = (flag: string) => words[words.indexOf(flag) + 1]
    const index = Number(at('--part'))
    const out = at('--out')
    mkdirSync(join(out, 'shards'), { recursive: true })
    writeFileSync(join(out, manifestName), JSON.stringify(manifest))
    writeFileSync(join(out, shardName(index)), `vectors ${index}`)
    appendFileSync(join(folder, 'made'), `${index}\n`)
    return { code: 0, complaint: '' }
  }
  const wishes = () => ({ parallel: 1, folders: [folder], lease: 10, idle: 0, compute })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'glasshouse-pilot-'))
    return () => rmSync(folder, { recursive: true, force: true })
  })

  it('do each unit once, however many they are', async () => {
    await writeList(
      folder,
      Array.from({ length: 40 }, (_, index) => unitOf(index)),
    )
    const counts = await Promise.all(
      Array.from({ length: 8 }, () => workOn(folder, createWork(), { ...wishes(), parallel: 2 })),
    )
    expect(made().sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index))
    expect(counts.reduce((sum, { done }) => sum + done, 0)).toBe(40)
    expect(readdirSync(join(folder, 'shards'))).toHaveLength(40)
    expect(readdirSync(join(folder, 'claims'))).toEqual([])
  })

  it.runIf(gate)(
    'set a poisoned unit aside with its reason, after trying it again, and do the rest',
    async () => {
      await writeList(folder, [0, 1, 2].map(unitOf))
      const poisoned: UnitWork['compute'] = (words, ...more) =>
        words.includes('1') && words[words.indexOf('--part') + 1] === '1'
          ? Promise.resolve({ code: 1, complaint: 'error: out of memory' })
          : compute!(words, ...more)
      const started = performance.now()
      const count = await workOn(folder, createWork(), { ...wishes(), compute: poisoned, backOff: 50 })
      expect(count).toEqual({ done: 2, failed: 1 })
      expect(await endNoted(folder, 'shard-000001')).toEqual({
        status: 'failed',
        error: 'error: out of memory',
        attempts: 5,
      })
      // 50, 100, 200 and 400 milliseconds.
      expect(performance.now() - started).toBeGreaterThan(700)
    },
  )

  it('set aside at once what was asked wrongly, what may not be touched, and what kills its workers', async () => {
    await writeList(folder, [0, 1, 2].map(unitOf))
    await noteTries(folder, 'shard-000002', { begun: 20, failed: 0 })
    const wrong: UnitWork['compute'] = (words, ...more) =>
      words[words.indexOf('--part') + 1] === '1'
        ? Promise.resolve({ code: 2, complaint: 'no such list' })
        : compute!(words, ...more)
    expect(await workOn(folder, createWork(), { ...wishes(), compute: wrong })).toEqual({
      done: 1,
      failed: 2,
    })
    expect(await endNoted(folder, 'shard-000001')).toMatchObject({ error: 'no such list', attempts: 1 })
    expect((await endNoted(folder, 'shard-000002'))?.error).toContain('20 times without a word')
    const elsewhere = mkdtempSync(join(tmpdir(), 'glasshouse-elsewhere-'))
    await writeList(folder, [unitOf(3)])
    await workOn(folder, createWork(), { ...wishes(), folders: [elsewhere] })
    expect((await endNoted(folder, 'shard-000003'))?.error).toContain('outside the agreed folders')
    expect(existsSync(join(folder, shardName(3)))).toBe(false)
  })

  it('begin no shard that cannot be finished, and leave when they are asked to', async () => {
    await writeList(folder, [0, 1].map(unitOf))
    const slow: UnitWork['compute'] = async (...words) => {
      await new Promise(done => setTimeout(done, 300))
      return compute!(...words)
    }
    let asked = 0
    const count = await workOn(folder, createWork(), {
      ...wishes(),
      compute: slow,
      // The first one is begun in time.
      timeLeft: () => (asked++ === 0 ? 10 : 0.2),
    })
    expect(count.done).toBe(1)
    expect((await endedNames(folder)).size).toBe(1)
    const stop = new AbortController()
    const stopped: UnitWork['compute'] = async () => {
      stop.abort(new Error('SIGTERM'))
      return { code: 130, complaint: 'stopped' }
    }
    await workOn(folder, createWork({ signal: stop.signal }), { ...wishes(), compute: stopped })
    expect(readdirSync(join(folder, 'claims'))).toEqual([])
    expect((await endedNames(folder)).size).toBe(1)
  })
})
