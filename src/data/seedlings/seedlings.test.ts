import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { drawnPlantMask, drawSeedling, writeSeedlings } from './draw.node.ts'
import { speciesNames } from './scene.ts'

const request = { species: 'Maize', index: 3, seed: 0, size: 64 }

describe('a drawn seedling', () => {
  it('is the same for the same seed, species and index', async () => {
    expect(await drawSeedling(request)).toEqual(await drawSeedling(request))
  })

  test.each([{ seed: 1 }, { index: 4 }, { species: 'Cleavers' }])(
    'is another image for another %o',
    async change => {
      const [one, other] = await Promise.all([drawSeedling(request), drawSeedling({ ...request, ...change })])
      expect(Buffer.compare(Buffer.from(one.data), Buffer.from(other.data))).not.toBe(0)
    },
  )

  test.each(speciesNames)('of %s covers a part of the image, greener than the gravel', async species => {
    const shares: number[] = []
    let greener = 0
    for (let index = 0; index < 6; index++) {
      const own = { ...request, species, index }
      const [{ data }, mask] = await Promise.all([drawSeedling(own), drawnPlantMask(own)])
      const excess = (inside: number) => {
        const places = Array.from(mask.keys()).filter(i => mask[i] === inside)
        return (
          places.reduce((sum, i) => sum + 2 * data[3 * i + 1] - data[3 * i] - data[3 * i + 2], 0) /
          places.length
        )
      }
      shares.push(mask.reduce((sum, value) => sum + value, 0) / mask.length)
      if (excess(1) > excess(0) + 10) greener++
    }
    expect(Math.min(...shares)).toBeGreaterThan(0.002)
    expect(Math.max(...shares)).toBeLessThan(0.6)
    expect(greener).toBeGreaterThanOrEqual(5)
  })
})

describe('the written data set', () => {
  it.runIf(gate)(
    'has train and test folders of all twelve species, byte for byte the same for the same seed',
    async () => {
      const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'glasshouse-seedlings-')))
      for (const folder of folders)
        expect(await writeSeedlings(folder, { perClass: 5, size: 32 })).toEqual({ images: 60, classes: 12 })
      const listings = folders.map(folder =>
        readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter(entry => entry.isFile())
          .map(entry => join(entry.parentPath, entry.name).slice(folder.length))
          .sort(),
      )
      expect(listings[0]).toHaveLength(60)
      expect(listings[1]).toEqual(listings[0])
      expect(listings[0].filter(path => path.startsWith('/test/'))).toHaveLength(12)
      for (const path of listings[0])
        expect(readFileSync(join(folders[0], path)).equals(readFileSync(join(folders[1], path)))).toBe(true)
    },
  )
})
