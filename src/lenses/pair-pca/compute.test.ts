import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fill } from '../../../test/fill.ts'
import { random } from '../../base/random.ts'
import type { FeatureMaps } from '../maps/feature-maps.ts'
import { principalComponents } from './compute.ts'

const recorded = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/places.json', import.meta.url), 'utf8'),
).pca

const places = (height: number, width: number): Pick<FeatureMaps, 'grid' | 'size'> => ({
  grid: { height, width, centre: [0, 0], stride: [8, 8], known: 'from the graph' },
  size: 32,
})

function mapsOf(pictures: number, channels: number, height: number, width: number, seed = 0): FeatureMaps {
  const { normal } = random(seed, 'maps')
  const length = channels * height * width
  return {
    maps: Array.from({ length: pictures }, () =>
      Float32Array.from({ length }, () => Math.max(0, normal(0.3))),
    ),
    channels,
    height,
    width,
    ...places(height, width),
  }
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

describe('principal components of places', () => {
  it('are those of a singular value decomposition', () => {
    const maps = ['A', 'B'].map(name =>
      (fill(`maps ${name}`, [6, 3, 4], Math.sqrt(12)).data as Float32Array).map(value => Math.max(value, 0)),
    )
    const { explained, scores } = principalComponents(
      { maps, channels: 6, height: 3, width: 4, ...places(3, 4) },
      100,
    )
    expect(explained).toHaveLength(6)
    explained.forEach((share, index) => {
      expect(share).toBeCloseTo(recorded.explained[index], 6)
      const both = scores[index].flatMap(map => [...map])
      const largest = Math.max(...both.map(Math.abs))
      recorded.scores[index].forEach((score: number, place: number) => {
        expect(Math.abs(both[place] - score)).toBeLessThan(1e-4 * largest)
      })
    })
  })

  // With few channels the channels' product is decomposed, with many the places'.
  it.each([
    [2, 5, 4, 4],
    [2, 40, 3, 3],
    [3, 12, 3, 4],
  ])('of %i images with %i channels explain all, less and less', (pictures, channels, height, width) => {
    const { explained, contributions, meanContribution, cosine } = principalComponents(
      mapsOf(pictures, channels, height, width),
      400,
    )
    expect(total(explained)).toBeCloseTo(1, 9)
    for (let r = 1; r < explained.length; r++) expect(explained[r]).toBeLessThanOrEqual(explained[r - 1])
    expect(explained.length).toBeLessThanOrEqual(Math.min(pictures * height * width - 1, channels))
    expect(meanContribution + total(contributions)).toBeCloseTo(cosine, 9)
  })

  it('keep all distances between places', () => {
    const maps = mapsOf(2, 30, 3, 3, 5)
    const { scores } = principalComponents(maps, 400)
    const place = (picture: number, at: number) =>
      Array.from({ length: 30 }, (_, channel) => maps.maps[picture][channel * 9 + at])
    const distance = (one: number[], other: number[]) => Math.hypot(...one.map((x, k) => x - other[k]))
    const scoreAt = (picture: number, at: number) => scores.map(component => component[picture][at])
    for (const [i, j] of [
      [0, 4],
      [2, 7],
      [8, 8],
    ])
      expect(distance(scoreAt(0, i), scoreAt(1, j))).toBeCloseTo(distance(place(0, i), place(1, j)), 4)
  })

  it('of an image beside itself are the same in both halves, and its cosine is 1', () => {
    const { maps, ...shape } = mapsOf(1, 20, 3, 3)
    const { scores, cosine } = principalComponents({ maps: [maps[0], maps[0]], ...shape }, 9)
    expect(cosine).toBeCloseTo(1, 12)
    for (const [one, other] of scores) expect(one).toEqual(other)
  })

  it('are signed so that the largest score is positive', () => {
    for (const component of principalComponents(mapsOf(2, 9, 3, 3), 100).scores) {
      const both = component.flatMap(map => [...map])
      expect(Math.max(...both)).toBe(Math.max(...both.map(Math.abs)))
    }
  })
})
