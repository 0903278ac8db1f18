import { expect, it } from 'vitest'
import { noiseImage } from './noise.ts'
import { meanDifference, mirrored, turned, upended, windowOf, withoutBorder } from './windows.ts'

const picture = noiseImage(7, 5, 3)
const pixel = ({ width, data }: typeof picture, x: number, y: number) => [
  ...data.slice(3 * (y * width + x), 3 * (y * width + x) + 3),
]

it('a mirror twice is nothing, and moves every pixel to the other side', () => {
  expect(mirrored(mirrored(picture))).toEqual(picture)
  expect(upended(upended(picture))).toEqual(picture)
  expect(pixel(mirrored(picture), 1, 2)).toEqual(pixel(picture, 5, 2))
  expect(pixel(upended(picture), 1, 1)).toEqual(pixel(picture, 1, 3))
})

it('four quarter turns are nothing; two are both mirrors', () => {
  const once = turned(picture, 1)
  expect([once.width, once.height]).toEqual([5, 7])
  // Clockwise: the upper left corner comes to the upper right.
  expect(pixel(once, 4, 0)).toEqual(pixel(picture, 0, 0))
  expect(turned(picture, 4)).toEqual(picture)
  expect(turned(picture, 2)).toEqual(mirrored(upended(picture)))
  expect(turned(turned(picture, 3), 1)).toEqual(picture)
})

it('a window holds the pixels from its corner on', () => {
  const part = windowOf(picture, { left: 2, top: 1, width: 3, height: 2 })
  expect(pixel(part, 2, 1)).toEqual(pixel(picture, 4, 2))
  expect(withoutBorder(picture, 2)).toEqual(windowOf(picture, { left: 2, top: 2, width: 3, height: 1 }))
})

it('the mean difference is in grey levels', () => {
  const darker = { ...picture, data: picture.data.map(value => Math.max(0, value - 3)) }
  expect(meanDifference(picture, picture)).toBe(0)
  expect(meanDifference(picture, darker)).toBeLessThanOrEqual(3)
  expect(meanDifference(picture, darker)).toBeGreaterThan(2.5)
})
