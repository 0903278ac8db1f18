/** A drawing as pixels shows what it shows as SVG. */
import { describe, expect, it } from 'vitest'
import { dataUri, svgToPicture } from './files.node.ts'

const red = { width: 80, height: 80, data: new Uint8Array(80 * 80 * 3).map((_, k) => (k % 3 ? 20 : 220)) }

describe('an image in a drawing is there as pixels', () => {
  it.each([
    ['WebP', 80, 'image/webp'],
    ['JPEG', undefined, 'image/jpeg'],
  ])('as %s', async (_, quality, type) => {
    const address = await dataUri(red, quality)
    expect(address.startsWith(`data:${type}`)).toBe(true)
    const image = (x: number) => `<image x="${x}" y="10" width="20" height="20" href="${address}"/>`
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40">${image(10)}${image(50)}</svg>`
    const { width, data } = await svgToPicture(svg, 1)
    const at = (x: number, y: number) => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)]
    expect(at(3, 3)).toEqual([255, 255, 255])
    for (const x of [20, 60]) {
      const [r, g, b] = at(x, 20)
      expect(r).toBeGreaterThan(200)
      expect(Math.max(g, b)).toBeLessThan(40)
    }
  })
})
