/** Crops of one image: reproducible, within the image, and of what the recipe says. */
import { describe, expect, it } from 'vitest'
import type { Picture } from '../base/picture.ts'
import { cropOf, paperRecipe, plainRecipe, pyramidOf } from './one-image.ts'

/** Red grows to the right, green downwards: a crop tells where it comes from. */
function ramp(width: number, height: number): Picture {
  const data = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      data[3 * (y * width + x)] = Math.round(1 + (253 * x) / (width - 1))
      data[3 * (y * width + x) + 1] = Math.round(1 + (253 * y) / (height - 1))
      data[3 * (y * width + x) + 2] = 128
    }
  return { width, height, data }
}

const size = 32
const pyramid = pyramidOf(ramp(400, 300))
const uncoloured = { ...paperRecipe, colours: 0 }

describe('crops of one image', () => {
  it('are the same for the same seed and number, and others for others', () => {
    const bytes = (seed: number, index: number) =>
      Buffer.from(cropOf(pyramid, size, seed, index).data).toString('base64')
    expect(bytes(1, 7)).toBe(bytes(1, 7))
    expect(new Set(Array.from({ length: 50 }, (_, index) => bytes(1, index))).size).toBe(50)
    expect(bytes(2, 7)).not.toBe(bytes(1, 7))
  })

  it('have areas from a 500th to all of the square, and black only outside of it', () => {
    const spans: number[] = []
    for (let index = 0; index < 400; index++) {
      const { data } = cropOf(pyramid, size, 0, index, { ...uncoloured, turn: 0, shear: 0 })
      const column = (x: number) => data[3 * ((size / 2) * size + x)]
      // A crop shows the inner part of √2 times its size: in pixels of the image.
      spans.push(((column(size - 1) - column(0)) / 253) * 399)
      expect(data.every((value, at) => at % 3 !== 2 || value === 128)).toBe(true)
    }
    const square = 0.5 * 300
    expect(Math.max(...spans)).toBeLessThanOrEqual(square / Math.SQRT2 + 3)
    expect(Math.max(...spans)).toBeGreaterThan(0.85 * (square / Math.SQRT2))
    // Areas are uniform, so that half of the crops have less than half of the area.
    const small = spans.filter(span => span < Math.sqrt(0.5) * (square / Math.SQRT2)).length
    expect(small / spans.length).toBeGreaterThan(0.35)
    expect(small / spans.length).toBeLessThan(0.65)
  })

  it('are turned and sheared by the angles of the recipe, at most', () => {
    const angles: number[] = []
    for (let index = 0; index < 200; index++) {
      const { data } = cropOf(pyramid, size, 3, index, {
        ...uncoloured,
        area: [1, 1],
        ratio: [1, 1],
        shear: 0,
      })
      const at = (x: number, y: number) => [
        (data[3 * (y * size + x)] / 253) * 399,
        (data[3 * (y * size + x) + 1] / 253) * 299,
      ]
      const [a, b] = [at(6, 16), at(26, 16)]
      angles.push((Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI)
    }
    expect(Math.max(...angles)).toBeLessThan(33)
    expect(Math.min(...angles)).toBeGreaterThan(-33)
    expect(Math.max(...angles)).toBeGreaterThan(24)
  })

  it('of the control are whole squares', () => {
    const { data } = cropOf(pyramid, size, 0, 1, plainRecipe)
    const span = ((data[3 * (16 * size + size - 1)] - data[3 * 16 * size]) / 253) * 399
    expect(Math.abs(span - (150 / Math.SQRT2) * (31 / 32))).toBeLessThan(4)
  })

  it('are antialiased: noise that is far finer than the crop becomes grey', () => {
    const noise: Picture = {
      width: 512,
      height: 512,
      data: Uint8Array.from({ length: 3 * 512 * 512 }, (_, at) => ((at * 2654435761) >>> 9) & 255),
    }
    const { data } = cropOf(pyramidOf(noise), 16, 0, 0, plainRecipe)
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length)
    expect(deviation).toBeLessThan(25)
  })
})
