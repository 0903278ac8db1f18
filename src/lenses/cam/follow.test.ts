import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { followingOf, mapTurnedBack, type Pair, turnedBack, turnedImages, turns } from './follow.ts'
import { oddsOf, pointingOf, pooledOdds } from './odds.ts'

const size = 6
const images = Float32Array.from({ length: 2 * 3 * size * size }, (_, at) => at)

describe('turning', () => {
  it.each(turns)('%s twice is nothing', turn => {
    expect(turnedImages(turnedImages(images, size, turn), size, turn)).toEqual(images)
  })

  it.each(turns)('%s takes each pixel to where turnedBack finds it', turn => {
    const turned = turnedImages(images, size, turn)
    for (let plane = 0; plane < 6; plane++)
      for (let at = 0; at < size * size; at++) {
        const [y, x] = turnedBack([Math.floor(at / size), at % size], size, turn)
        expect(turned[plane * size * size + at]).toBe(images[plane * size * size + y * size + x])
      }
  })
})

const grid = { height: 7, width: 7, centre: [0, 0], stride: [16, 16] } as const

describe('the map of a turned image', () => {
  const map = Float32Array.from({ length: 49 }, (_, at) => at)

  it.each(turns)('is turned back cell by cell: %s', turn => {
    const back = mapTurnedBack(map, grid, 97, turn)!
    map.forEach((value, at) => {
      const [y, x] = turnedBack([Math.floor(at / 7), at % 7], 7, turn)
      expect(back[7 * y + x]).toBe(value)
    })
  })

  it('is left alone where its cells would lie elsewhere', () => {
    expect(mapTurnedBack(map, grid, 112, 'turned')).toBeUndefined()
  })

  it('is compared as a whole, beside that of another image', () => {
    const { normal } = random(5, 'maps')
    const pairs = Array.from({ length: 60 }, (): Pair => {
      const before = Float32Array.from({ length: 49 }, () => normal())
      return {
        before: [0, 0],
        after: [0, 0],
        maps: { before, after: before.map(value => value + normal() / 5) },
      }
    })
    const { own, other } = followingOf(pairs, grid)!.correlation!
    expect(own).toBeGreaterThan(0.9)
    expect(Math.abs(other!)).toBeLessThan(0.1)
  })
})
const places = (count: number) => {
  const stream = random(3, 'places')
  return Array.from({ length: count }, () => [16 * stream.integer(7), 16 * stream.integer(7)] as const)
}

describe('whether maps follow', () => {
  it('is distinguished from maps that stay where they are', () => {
    const all = places(400)
    const follow: Pair[] = all.map(([y, x]) => ({ before: [y, x], after: [y + 9, x - 12] }))
    const stay: Pair[] = all.map(([y, x]) => ({ before: [y, x], after: turnedBack([y, x], 112, 'turned') }))
    expect(followingOf(follow, grid)).toMatchObject({ share: 1, median: 15, images: 400 })
    const still = followingOf(stay, grid)!
    expect(still.share).toBeLessThan(0.2)
    // Turned, the cells lie 15 pixels beside those of the grid: of evenly drawn ones, 13 of 49 are near along a side.
    expect(still.chance).toBeCloseTo((13 / 49) ** 2, 1)
  })

  it('has no chance to compare with for a single image', () => {
    expect(followingOf([{ before: [0, 0], after: [0, 0] }], grid)).toEqual({ share: 1, median: 0, images: 1 })
  })
})

describe('pointing at the plant', () => {
  it('is counted over the images with a plant, whose mean area is chance', () => {
    expect(
      pointingOf([
        { hottestOnPlant: true, plantArea: 0.2 },
        { hottestOnPlant: false, plantArea: 0.4 },
        { plantArea: 0 },
      ]),
    ).toEqual({ share: 0.5, chance: expect.closeTo(0.3), images: 2 })
    expect(pointingOf([{ plantArea: 0 }, {}])).toBeUndefined()
  })
})

describe('odds of heat on the plant', () => {
  it('are 1 where heat falls anywhere, whatever the size of the plant', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), area => {
        expect(oddsOf({ inside: area, area })).toBeCloseTo(1, 9)
      }),
    )
  })

  it('are not defined where the plant fills nothing or everything', () => {
    expect(oddsOf({ inside: 0, area: 0 })).toBeUndefined()
    expect(oddsOf({ inside: 1, area: 1 })).toBeUndefined()
    expect(pooledOdds([{ inside: 0, area: 0 }], 0)).toBeUndefined()
  })

  it('have an interval that holds the truth in about 95 of 100 repetitions', () => {
    let held = 0
    for (let seed = 0; seed < 50; seed++) {
      const stream = random(seed, 'plants')
      const drawn = Array.from({ length: 40 }, () => {
        const area = stream.uniform(0.1, 0.5)
        // Each image has odds of its own, around 3 on the scale of the pooled ratio.
        const odds = 3 * Math.exp(stream.normal(0, 0.5))
        return { inside: (odds * area) / (odds * area + 1 - area), area }
      })
      const { low, high } = pooledOdds(drawn, seed)!
      if (low! < 2.9 && high! > 2.9) held++
    }
    expect(held).toBeGreaterThan(40)
  })
})
