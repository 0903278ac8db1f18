/** Shards of a list, which is planned by what it says: its images are opened when their shard is made. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { seedlings } from '../../test/seedlings.ts'
import { gate } from '../../test/thorough.ts'
import { createWork } from '../base/work.ts'
import { openLongList } from '../data/long-list.node.ts'
import {
  readManifest,
  readShards,
  settleManifest,
  shardCount,
  shardName,
} from '../embedding/vector-shards.node.ts'
import { encodeVectors } from '../embedding/vectors.ts'
import { openVectors } from './open-vectors.node.ts'
import { openPlan, rowsOfList, writePlan } from './shard-rows.node.ts'

describe('shards of a list', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-list-shards-'))
  const listed = join(folder, 'list.csv')
  let rows: string[]
  let image: string
  const embed = (data: string, out: string, ...words: string[]) =>
    glasshouse('embed', 'small', data, '--threads', '1', '--out', join(folder, out), '--json', ...words)
  const joined = async (out: string) => Buffer.from(encodeVectors(await openVectors(join(folder, out))))

  beforeAll(async () => {
    const data = await seedlings()
    const paths = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter(path => /\.\w+$/.test(path))
    rows = paths.map(path => {
      const [split, label] = path.split('/')
      return `${join(data, path)},${label},${split}`
    })
    image = join(data, paths.find(path => path.startsWith('test/')) ?? '')
    // In no order, as lists come.
    writeFileSync(listed, `path,label,split\n${rows.toReversed().join('\n')}\n`)
  })

  it.runIf(gate)(
    'are the vectors of the list in one file, byte for byte, of all images and of a split',
    async () => {
      for (const split of ['all', 'test']) {
        await embed(listed, `whole-${split}`, '--split', split)
        const { code, stderr } = await embed(listed, `shards-${split}`, '--split', split, '--shard', '50')
        expect(code, stderr).toBe(0)
        const whole = readFileSync(join(folder, `whole-${split}`, 'vectors.arrow'))
        expect((await joined(`shards-${split}`)).equals(whole)).toBe(true)
      }
      expect((await embed(listed, 'none', '--split', 'val', '--shard', '50')).stderr).toContain("'val'")
    },
  )

  it.runIf(gate)('are made by a plan of another process, which does not read the list', async () => {
    const [whole, planned] = [join(folder, 'shards-all'), join(folder, 'planned')]
    const manifest = await readManifest(whole)
    const list = await openLongList(listed, createWork())
    await settleManifest(planned, manifest)
    await writePlan(planned, manifest, rowsOfList(list, list.choose('all')), createWork())
    const plan = await openPlan(planned)
    for (const [first, end] of [
      [0, 120],
      [32, 100],
      [119, 120],
    ])
      expect(await plan.rows.read(first, end)).toEqual(
        Array.from({ length: end - first }, (_, i) => ({ id: first + i, ...list.row(first + i) })),
      )
    const words = ['--shard', '50', '--plan', planned]
    for (let part = 0; part < shardCount(manifest); part++) {
      const { code, stderr } = await embed(join(folder, 'gone.csv'), 'parts', '--part', `${part}`, ...words)
      expect(code, stderr).toBe(0)
      const shard = (of: string) => readFileSync(join(of, shardName(part)))
      expect(shard(join(folder, 'parts')).equals(shard(whole))).toBe(true)
    }
    const other = await embed(listed, 'other', '--part', '0', ...words, '--seed', '1')
    expect(other.stderr).toContain('another model')
    expect((await embed(listed, 'other', '--plan', planned)).stderr).toContain('--part')
  })

  it.runIf(gate)(
    'leave out images that cannot be read, and are searched by their places all the same',
    async () => {
      const broken = join(folder, 'broken.csv')
      // Sorted before all others.
      const damaged = join(folder, '!damaged.jpg')
      writeFileSync(damaged, 'no image')
      writeFileSync(broken, `path,label,split\n${[`${damaged},x,test`, ...rows].join('\n')}\n`)
      const { code, stderr } = await embed(broken, 'left-out', '--shard', '50')
      expect(code, stderr).toBe(0)
      expect(stderr).toContain('skipped')
      const counts: number[] = []
      for await (const { ids } of readShards(join(folder, 'left-out'))) counts.push(ids.length)
      expect(counts.reduce((a, b) => a + b)).toBe(120)
      expect(counts.filter(count => count < 50)).toHaveLength(2)
      const { labels = [], paths = [] } = await openVectors(join(folder, 'left-out'))
      expect([labels.length, new Set(paths).size]).toEqual([120, 120])
      const found = async (...way: string[]) => {
        const words = ['small', join(folder, 'left-out'), image, '--count', '3', '--json', ...way]
        const { stdout, errors } = await glasshouse('neighbours', ...words, '--out', join(folder, 'found'))
        expect(errors).toEqual([])
        return JSON.parse(stdout).metrics.blocks[0].found
      }
      const exact = await found()
      expect(exact).toEqual(await found('--search', 'approximate'))
      // What lies behind the image that is missing is described by its own row.
      const byPath = new Map(paths.map((path, row) => [path, labels[row]]))
      for (const { path, label, similarity } of exact) {
        expect(label).toBe(byPath.get(path))
        expect(similarity).toBeGreaterThan(0.5)
      }
      expect((await embed(broken, 'strict', '--shard', '50', '--strict')).stderr).toContain('!damaged')
    },
  )

  it('are refused where no image of a shard can be read, or one is named twice', async () => {
    const absent = join(folder, 'absent.csv')
    writeFileSync(absent, 'path,label\nnone/a.jpg,x\nnone/b.jpg,y\n')
    expect((await embed(absent, 'absent', '--shard', '50')).stderr).toContain('relative to its folder')
    writeFileSync(absent, 'path,label\nb.jpg,x\na.jpg,x\n./b.jpg,y\n')
    const { stderr } = await embed(absent, 'absent', '--shard', '50')
    expect(stderr).toContain('line 4')
    expect(stderr).toContain('also in line 2')
  })
})
