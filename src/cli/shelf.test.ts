/** Neighbours are looked for in vectors that are there already, exactly and by an index, and are the same. */
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { glasshouse } from '../../test/command-line.ts'
import { seedlings } from '../../test/seedlings.ts'
import { gate } from '../../test/thorough.ts'

it.runIf(gate)(
  'a folder of shards is searched in place of its images',
  async () => {
    const data = await seedlings()
    const folder = mkdtempSync(join(tmpdir(), 'glasshouse-shelf-'))
    const vectors = join(folder, 'vectors')
    await glasshouse('embed', 'small', data, '--shard', '50', '--out', vectors)
    const [species] = readdirSync(join(data, 'test'))
    const image = join(data, 'test', species, readdirSync(join(data, 'test', species))[0])
    const search = (...more: string[]) =>
      glasshouse(
        'neighbours',
        'small',
        vectors,
        image,
        '--count',
        '3',
        '--json',
        '--out',
        join(folder, 'found'),
        ...more,
      )
    const [exact, approximate] = [await search(), await search('--search', 'approximate')]
    expect(exact.code, exact.stderr).toBe(0)
    const { metrics } = JSON.parse(exact.stdout)
    expect(metrics).toEqual(JSON.parse(approximate.stdout).metrics)
    expect(metrics.searched).toBe(120)
    expect(metrics.blocks[0].found).toHaveLength(3)
    expect(metrics.blocks[0].found.map(({ path }: { path: string }) => join(data, path))).not.toContain(image)

    const refused = await glasshouse('neighbours', 'cifar-resnet20', vectors, image)
    expect(refused.stderr).toContain('the vectors are of another network')
    expect((await search('--layer', 'stem')).stderr).toContain('the vectors are of another layer')
    const among = await glasshouse('neighbours', 'small', data, image, '--search', 'approximate')
    expect(among.stderr).toContain(
      '--search: this option would have no effect unless DATA is a folder of shards',
    )
    const strict = await search('--strict')
    expect(strict.stderr).toContain('--strict: this option would have no effect')
    expect((await glasshouse('mistakes', 'small', vectors)).stderr).toContain('images are needed')
  },
  120_000,
)
