import { expect, it } from 'vitest'
import { blankPicture, type Picture } from '../../base/picture.ts'
import { demosaiced } from './bayer.ts'
import { noiseImage } from './noise.ts'
import { meanDifference, mirrored, upended } from './windows.ts'

/** What the sensor keeps of `picture`, everything else black. */
const pattern = (x: number, y: number) => (x % 2 === y % 2 ? (x % 2 ? 2 : 0) : 1)

it('keeps what the sensor has seen', () => {
  const picture = noiseImage(11, 8, 1)
  const { data } = demosaiced(picture)
  for (let y = 0; y < 8; y++)
    for (let x = 0; x < 11; x++) {
      const at = 3 * (y * 11 + x) + pattern(x, y)
      expect(data[at]).toBe(picture.data[at])
    }
})

it.each([
  [1, 1],
  [2, 3],
  [9, 6],
])('leaves an even colour as it is, to the border: %i x %i', (width, height) => {
  const picture = blankPicture(width, height, [70, 130, 200])
  const { data } = demosaiced(picture)
  for (let at = 0; at < data.length; at += 3)
    // A sensor of fewer pixels than its pattern has not seen every colour.
    if (width > 1 && height > 1) expect([...data.slice(at, at + 3)]).toEqual([70, 130, 200])
})

it('restores an even slope of grey: the filters are exact on it', () => {
  const [width, height] = [16, 12]
  const data = Uint8Array.from({ length: 3 * width * height }, (_, index) => {
    const place = Math.floor(index / 3)
    return 40 + 4 * (place % width) + 6 * Math.floor(place / width)
  })
  const result: Picture = demosaiced({ width, height, data })
  for (let y = 2; y < height - 2; y++)
    for (let x = 2; x < width - 2; x++)
      for (let c = 0; c < 3; c++) {
        const at = 3 * (y * width + x) + c
        expect(result.data[at]).toBe(data[at])
      }
})

it.each<[string, typeof mirrored, (side: number) => [number, number]]>([
  ['across', mirrored, side => [side, 10]],
  ['down', upended, side => [10, side]],
])('commutes with the mirror %s at odd sides only', (_, mirror, sizeOf) => {
  for (const side of [15, 16, 17, 18]) {
    const picture = noiseImage(...sizeOf(side), 0)
    const residual = meanDifference(mirror(demosaiced(picture)), demosaiced(mirror(picture)))
    if (side % 2) expect(residual).toBe(0)
    else expect(residual).toBeGreaterThan(20)
  }
})
