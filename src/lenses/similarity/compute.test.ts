import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fill } from '../../../test/fill.ts'
import {
  channelContributions,
  countForShare,
  cutRegion,
  placePairs,
  placeVectors,
  similarityMaps,
} from './compute.ts'

const recorded = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/places.json', import.meta.url), 'utf8'),
).similarity
const channels = 6
const [a, b] = ['A', 'B'].map(name =>
  (fill(`maps ${name}`, [6, 3, 4], Math.sqrt(12)).data as Float32Array).map(value => Math.max(value, 0)),
)
const head = {
  weight: fill('head', [5, 6], 2).data as Float32Array,
  bias: fill('head bias', [5], 2).data as Float32Array,
}
const cases = [
  ['average', 'average', undefined],
  ['max', 'max', undefined],
  ['head', 'average', head],
] as const
const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0)

describe.each(cases)('similarity maps, %s', (name, pool, head) => {
  const maps = similarityMaps(a, b, channels, pool, head)

  it('are those of the formulas in numpy', () => {
    expect(maps.cosine).toBeCloseTo(recorded[name].cosine, 6)
    for (const side of ['one', 'other'] as const)
      maps[side].forEach((value, place) => {
        expect(value).toBeCloseTo(recorded[name][side][place], 5)
      })
  })

  it('sum to the cosine, either of them', () => {
    expect(total(maps.one)).toBeCloseTo(maps.cosine, 6)
    expect(total(maps.other)).toBeCloseTo(maps.cosine, 6)
  })

  it('are the sums of what pairs of places add', () => {
    const pairs = placePairs(a, b, channels, pool, head)
    const places = maps.one.length
    for (let at = 0; at < places; at++) {
      expect(total(pairs.subarray(at * places, (at + 1) * places))).toBeCloseTo(maps.one[at], 6)
      expect(total(maps.other.map((_, row) => pairs[row * places + at]))).toBeCloseTo(maps.other[at], 6)
    }
  })

  it('change places with the images', () => {
    const swapped = similarityMaps(b, a, channels, pool, head)
    expect(swapped.one).toEqual(maps.other)
    expect(swapped.other).toEqual(maps.one)
  })

  it('of an image with itself are equal and sum to 1', () => {
    const own = similarityMaps(a, a, channels, pool, head)
    expect(own.one).toEqual(own.other)
    expect(total(own.one)).toBeCloseTo(1, 6)
  })
})

it('places that share a maximum share its vector', () => {
  const { places, pooled } = placeVectors(Float32Array.of(2, 2, 1, 0), 1, 'max')
  expect([...places]).toEqual([1, 1, 0, 0])
  expect([...pooled]).toEqual([2])
})

it('channels add up to the cosine, and the largest few to most of it', () => {
  const contributions = channelContributions(a, b, channels, 'average')
  expect(total(contributions)).toBeCloseTo(recorded.average.cosine, 6)
  expect(countForShare(contributions, 1)).toBeLessThanOrEqual(channels)
  expect(countForShare(Float64Array.of(0.1, 0.6, 0.3), 0.9)).toBe(2)
})

it('a region keeps its places only, and at least one', () => {
  // What cells look at pixels 4, 12, 20, 28 across and 4, 12, 20 down.
  const grid = { height: 3, width: 4, centre: [4, 4], stride: [8, 8], known: 'from the graph' } as const
  const maps = { channels: 1, height: 3, width: 4, grid, size: 32 }
  const numbered = Float32Array.from({ length: 12 }, (_, k) => k)
  expect([...cutRegion(numbered, maps, [0.5, 0, 0.5, 0.4])]).toEqual([2, 3, 6, 7])
  // The whole left half of what the network sees, of which cells further right look at nothing.
  expect([...cutRegion(numbered, { ...maps, size: 64 }, [0, 0, 0.25, 1])]).toEqual([0, 1, 4, 5, 8, 9])
  expect([...cutRegion(numbered, maps, [0.99, 0.99, 0.001, 0.001])]).toEqual([11])
})
