import { describe, expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { meanOf } from '../../base/statistics.ts'
import type { FeatureMaps } from '../maps/feature-maps.ts'
import { areaResample, histogramOf, maskGrid, modeOf, scaleSimilarities } from './compute.ts'
import { centreBox, similarityMasks, wholePicture } from './masks.ts'

/** Positive maps with a common mean per channel, rough within each image: what early layers look like. */
function rough(pictures: number, channels = 12, side = 16, seed = 0): FeatureMaps {
  const { normal } = random(seed, 'rough')
  const common = Array.from({ length: channels }, () => 1 + Math.abs(normal()))
  const maps = Array.from({ length: pictures }, () =>
    Float32Array.from({ length: channels * side * side }, (_, at) =>
      Math.max(0, common[Math.floor(at / side ** 2)] * (1 + 1.5 * normal())),
    ),
  )
  // Cells that divide 32 pixels evenly.
  const stride = 32 / side
  const grid = {
    height: side,
    width: side,
    centre: [(stride - 1) / 2, (stride - 1) / 2],
    stride: [stride, stride],
    known: 'from the graph',
  } as const
  return { maps, channels, height: side, width: side, grid, size: 32 }
}

const scales = [1, 2, 4, 8, 16]
const whole = (pictures: number) => Array.from({ length: pictures }, wholePicture)

describe('similarity by scale', () => {
  it('falls the finer the blocks, for maps that share their mean', () => {
    const means = scaleSimilarities('x', rough(6), whole(6), scales, 'shared').map(({ cosines }) =>
      meanOf(cosines),
    )
    for (let i = 1; i < means.length; i++) expect(means[i]).toBeLessThan(means[i - 1])
    expect(means[0]).toBeGreaterThan(0.95)
  })

  it('is mostly the common mean: little is left when that is removed', () => {
    const [coarse] = scaleSimilarities('x', rough(8), whole(8), [1], 'shared')
    expect(meanOf(coarse.meanRemoved)).toBeLessThan(0.2)
  })

  it('of an image with itself is 1', () => {
    const { maps, ...shape } = rough(1)
    for (const { cosines } of scaleSimilarities(
      'x',
      { maps: [maps[0], maps[0]], ...shape },
      whole(2),
      scales,
      'own',
    ))
      expect(cosines[0]).toBeCloseTo(1, 12)
  })

  it('within a constant mask is that without a mask', () => {
    const maps = rough(4)
    const half = Array.from({ length: 4 }, () => wholePicture().fill(0.5))
    const [plain, masked] = [whole(4), half].map(masks => scaleSimilarities('x', maps, masks, scales, 'own'))
    plain.forEach(({ cosines }, index) => {
      cosines.forEach((value, pair) => {
        expect(masked[index].cosines[pair]).toBeCloseTo(value, 12)
      })
    })
  })

  it('at one block is the cosine of the mean features', () => {
    const { maps, channels, ...shape } = rough(2)
    const pooled = maps.map(map =>
      Array.from({ length: channels }, (_, c) => meanOf(map.subarray(c * 256, (c + 1) * 256))),
    )
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k], 0)
    const [a, b] = pooled
    const [{ cosines }] = scaleSimilarities('x', { maps, channels, ...shape }, whole(2), [1], 'shared')
    expect(cosines[0]).toBeCloseTo(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)), 10)
  })

  it('survives the shuffling of places at one block, and not at sixteen', () => {
    const { maps, ...shape } = rough(3, 12, 16, 4)
    // Smooth maps, so that places mean something: one bright corner for all images.
    const bright = maps.map(map => map.map((value, at) => value * (at % 256 < 64 ? 6 : 1)))
    const turned = bright.map((map, picture) =>
      map.map((_, at) => map[at - (at % 256) + (((at % 256) + 96 * picture) % 256)]),
    )
    const at = (side: Float32Array[], scale: number) =>
      meanOf(scaleSimilarities('x', { maps: side, ...shape }, whole(3), [scale], 'own')[0].cosines)
    expect(at(turned, 1)).toBeCloseTo(at(bright, 1), 6)
    expect(at(turned, 16)).toBeLessThan(at(bright, 16) - 0.1)
  })

  it('leaves out scales that are finer than the layer', () => {
    const found = scaleSimilarities('x', rough(2, 3, 7), whole(2), scales, 'itself')
    expect(found.map(({ scale }) => scale)).toEqual([1, 2, 4])
    for (const { cosines } of found) for (const value of cosines) expect(value).toBeCloseTo(1, 12)
  })
})

describe('averages over areas', () => {
  it('keep the mean, whole or broken', () => {
    const plane = Float64Array.from({ length: 49 }, (_, k) => k)
    for (const to of [1, 2, 3, 7, 10]) expect(meanOf(areaResample(plane, 7, 7, to))).toBeCloseTo(24, 9)
    expect([...areaResample([1, 2, 3, 4], 2, 2, 4)].slice(0, 4)).toEqual([1, 1, 2, 2])
  })
})

it('masks from similarity find the places that images share', () => {
  const { maps, ...shape } = rough(4, 6, 8)
  const shared = maps.map(map =>
    map.map((value, at) => (Math.floor((at % 64) / 8) < 4 ? value + 5 : 0.1 * value)),
  )
  for (const mask of similarityMasks({ maps: shared, ...shape })) {
    const half = mask.length / 2
    expect(mask.subarray(0, half).every(value => value === 1)).toBe(true)
    expect(mask.subarray(half).every(value => value === 0)).toBe(true)
  }
  expect(centreBox().reduce((a, b) => a + b, 0)).toBe((maskGrid / 2) ** 2)
})

it('the mode is the middle of the fullest bin', () => {
  const cosines = [0.31, 0.311, 0.312, 0.9]
  expect(modeOf(cosines).mode).toBeCloseTo(0.31, 9)
  expect(modeOf(cosines).peak).toBeCloseTo(0.75, 9)
  expect(histogramOf(cosines).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
})
