/** Vectors in shards against the same vectors in one file, through the command line. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { seedlings } from '../../test/seedlings.ts'
import { gate } from '../../test/thorough.ts'
import { readManifest, readShards, shardName } from '../embedding/vector-shards.node.ts'
import { encodeVectors } from '../embedding/vectors.ts'
import { openVectors } from './open-vectors.node.ts'

describe('vectors in shards', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-shards-'))
  const [whole, shards] = ['whole', 'shards'].map(name => join(folder, name))
  const file = join(whole, 'vectors.arrow')
  let data: string
  const embed = (out: string, ...words: string[]) =>
    glasshouse('embed', 'small', data, '--threads', '1', '--out', out, '--json', ...words)

  beforeAll(async () => {
    data = await seedlings()
    // 120 images in batches of 32 and shards of 50: neither divides the other, and both leave a remainder.
    await embed(whole)
    const { code, stdout, stderr } = await embed(shards, '--shard', '50')
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout).metrics).toMatchObject({ images: 120, units: 3, attempts: 3 })
  })

  it('joined are the vectors without shards, byte for byte', async () => {
    const joined = await openVectors(shards)
    expect(Buffer.from(encodeVectors(joined)).equals(readFileSync(file))).toBe(true)
    const lengths: number[] = []
    for await (const { ids } of readShards(shards)) lengths.push(ids.length)
    expect(lengths).toEqual([50, 50, 20])
    expect(readdirSync(shards).sort()).toEqual(['manifest.json', 'result.json', 'shards'])
  })

  it('leave no decoded images in the cache, of a folder or of a list', async () => {
    const list = join(folder, 'images', 'list.csv')
    cpSync(data, dirname(list), { recursive: true })
    writeFileSync(
      list,
      `path,label\n${(await openVectors(file)).paths!.map(path => `${path},any`).join('\n')}\n`,
    )
    for (const source of [data, list]) {
      process.env.GLASSHOUSE_CACHE = mkdtempSync(join(folder, 'cache-'))
      const out = mkdtempSync(join(folder, 'out-'))
      const words = ['--shard', '50', '--part', '0', '--threads', '1', '--out', out]
      expect((await glasshouse('embed', 'small', source, ...words)).errors).toEqual([])
      expect(existsSync(join(out, shardName(0)))).toBe(true)
      expect(readdirSync(process.env.GLASSHOUSE_CACHE)).not.toContain('pictures')
    }
  })

  it.runIf(gate)(
    'can be named wherever vectors can',
    async () => {
      const score = async (source: string) => {
        const { stdout, errors } = await glasshouse('evaluate', source, '--json')
        expect(errors).toEqual([])
        return JSON.parse(stdout).metrics
      }
      expect(await score(shards)).toEqual(await score(file))
      const map = async (source: string) => {
        const words = ['--iterations', '20', '--threads', '1', '--json', '--out', join(folder, 'map')]
        const { stdout, errors } = await glasshouse('tsne', source, ...words)
        expect(errors).toEqual([])
        return JSON.parse(stdout).metrics.kl
      }
      expect(await map(shards)).toEqual(await map(file))
    },
    60_000,
  )

  it('that are missing are made, and the others stay', async () => {
    const second = join(shards, shardName(1))
    const before = readFileSync(second)
    const untouched = statSync(join(shards, shardName(2))).mtimeMs
    rmSync(second)
    await expect(openVectors(shards)).rejects.toMatchObject({ code: 'shards-missing' })
    expect((await glasshouse('evaluate', shards)).errors[0]).toContain('1 of 3 shards are not there yet')
    const { stdout } = await embed(shards, '--shard', '50')
    expect(JSON.parse(stdout).metrics).toMatchObject({ units: 3, attempts: 1 })
    expect(readFileSync(second).equals(before)).toBe(true)
    expect(statSync(join(shards, shardName(2))).mtimeMs).toBe(untouched)
  })

  it.runIf(gate)('can be made one by one, in any order', async () => {
    const apart = join(folder, 'apart')
    for (const part of ['2', '0', '1']) await embed(apart, '--shard', '50', '--part', part)
    for (const index of [0, 1, 2])
      expect(
        readFileSync(join(apart, shardName(index))).equals(readFileSync(join(shards, shardName(index)))),
      ).toBe(true)
    expect((await embed(apart, '--shard', '50', '--part', '3')).errors[0]).toContain('no such shard')
    expect((await embed(apart, '--part', '3')).errors[0]).toContain('--shard')
  })

  it.runIf(gate)('of another model, other data or another size are refused', async () => {
    const error = async (...words: string[]) => (await embed(shards, ...words)).errors[0]
    expect(await error('--shard', '50', '--seed', '1')).toContain('another model')
    expect(await error('--shard', '50', '--split', 'test')).toContain('other data')
    expect(await error('--shard', '50', '--layer', 'stage1')).toContain('another layer')
    expect(await error('--shard', '40')).toContain('50 images in each shard')
    expect(await error('--shard', '50', '--batch', '8')).toContain('32 images at once')
  })

  it.runIf(gate)('are refused where one of them is of another model, or in another one’s place', async () => {
    const other = join(folder, 'other')
    await embed(other, '--shard', '50', '--seed', '1')
    const copy = (from: string, place: number) =>
      copyFileSync(join(from, shardName(0)), join(shards, shardName(place)))
    for (const [from, place] of [
      [other, 0],
      [shards, 1],
    ] as const) {
      const kept = readFileSync(join(shards, shardName(place)))
      copy(from, place)
      await expect(openVectors(shards)).rejects.toMatchObject({ code: 'shards-differ' })
      expect((await embed(shards, '--shard', '50')).errors[0]).toContain('of other data or of another model')
      writeFileSync(join(shards, shardName(place)), kept)
    }
    expect((await readManifest(shards)).images).toBe(120)
  })
})
