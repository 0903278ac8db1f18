import fc from 'fast-check'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import { Graph } from '../../graph/graph.ts'
import { float32 } from '../../graph/tensor.ts'
import { fits } from '../../nets/architecture.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { evaluate } from '../../runtime/engine.ts'
import { augmentationStream, augmentInto, centreCrop } from '../augment.ts'
import { decodePicture } from '../decode.node.ts'
import { centred, centreSquare, shortSideTo } from './geometry.ts'
import { normalised } from './normalise.ts'
import { fillPrepared, viewOf } from './prepare.ts'
import { resample } from './resample.ts'

const side = fc.integer({ min: 1, max: 400 })
const statistics = { mean: [0.4, 0.5, 0.3], deviation: [0.2, 0.25, 0.3] } as const
const preprocessing = (size: number, resize: number) => ({
  size,
  resize,
  mean: [...statistics.mean] as [number, number, number],
  deviation: [...statistics.deviation] as [number, number, number],
})

function noise(width: number, height: number): Picture {
  const { integer } = random(width, 'noise', height)
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, () => integer(256)) }
}

test('the short side gets its length to the pixel, and the long one is rounded down', () => {
  fc.assert(
    fc.property(side, side, side, (width, height, short) => {
      const size = shortSideTo({ width, height }, short)
      const [least, most] = [Math.min(size.width, size.height), Math.max(size.width, size.height)]
      expect(least).toBe(short)
      const exact = (short * Math.max(width, height)) / Math.min(width, height)
      expect(most).toBeLessThanOrEqual(exact)
      expect(exact - most).toBeLessThan(1)
      expect(size.width <= size.height).toBe(width <= height || size.width === size.height)
    }),
  )
})

test('a square in the centre is off by half a pixel at most, and then begins at an even one', () => {
  fc.assert(
    fc.property(side, side, fc.nat(400), (width, height, less) => {
      const square = Math.max(1, Math.min(width, height) - less)
      const { left, top } = centreSquare({ width, height }, square)
      for (const [start, extent] of [
        [left, width],
        [top, height],
      ]) {
        const doubled = 2 * start - (extent - square)
        expect(Math.abs(doubled)).toBeLessThanOrEqual(1)
        if (doubled !== 0) expect(start % 2).toBe(0)
        expect(start).toBe(centred(extent, square))
      }
    }),
  )
})

const small = fc.integer({ min: 3, max: 60 })

const fit = fc.constantFrom(...fits)
const interpolation = fc.constantFrom('bilinear' as const, 'bicubic' as const)

test('an image decoded to a square is the view of the whole image at that size, however it is made square', async () => {
  await fc.assert(
    fc.asyncProperty(
      small,
      small,
      small,
      fit,
      interpolation,
      async (width, height, square, fit, interpolation) => {
        const { data } = noise(width, height)
        const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
          .png()
          .toBuffer()
        const wanted = { ...preprocessing(square, square), fit, interpolation }
        const view = viewOf(await decodePicture(bytes, 'it'), wanted)
        const decoded = await decodePicture(bytes, 'it', { resize: { square, fit, interpolation } })
        expect(Buffer.compare(decoded.data, view.data)).toBe(0)
      },
    ),
    { numRuns: 30 },
  )
})

test('a letterbox shows the whole image at its ratio, with one colour around it', () => {
  // Wide, black and white halves: 40 x 20 pixels become 20 x 10 in the middle of 20 x 20.
  const [width, height] = [40, 20]
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) =>
    Math.floor(at / 3) % width < 20 ? 0 : 255,
  )
  const view = viewOf({ width, height, data }, { ...preprocessing(20, 20), fit: 'letterbox' })
  const at = (x: number, y: number) => [...view.data.subarray(3 * (20 * y + x), 3 * (20 * y + x) + 3)]
  for (const [x, y] of [
    [0, 0],
    [19, 4],
    [7, 15],
    [19, 19],
  ])
    expect(at(x, y)).toEqual([124, 116, 104])
  for (const y of [5, 14])
    expect([at(0, y), at(19, y)]).toEqual([
      [0, 0, 0],
      [255, 255, 255],
    ])
})

test('a squashed image is the whole one in a square, and a part of it is cut out where it is larger', () => {
  const picture = noise(37, 20)
  const whole = resample(picture, 24, 24, { left: 0, top: 0, width: 24, height: 24 })
  expect(viewOf(picture, { ...preprocessing(24, 24), fit: 'squash' })).toEqual(whole)
  const inner = viewOf(picture, { ...preprocessing(16, 24), fit: 'squash' })
  const cut = (at: number) => 3 * (24 * (4 + Math.floor(at / 48)) + 4) + (at % 48)
  expect(inner.data).toEqual(Uint8Array.from(inner.data, (_, at) => whole.data[cut(at)]))
})

test('a stored square, cropped as in training, is prepared as its view is', () => {
  fc.assert(
    fc.property(small, fc.nat(50), (stored, less) => {
      const size = Math.max(1, stored - less)
      const picture = noise(stored, stored)
      const wanted = preprocessing(size, stored)
      const [viewed, cropped] = [0, 1].map(() => new Float32Array(3 * size * size))
      fillPrepared(viewOf(picture, wanted), wanted, viewed, 0)
      augmentInto(cropped, 0, picture.data, stored, centreCrop(size), wanted, augmentationStream(0, 0, 0))
      expect(cropped).toEqual(viewed)
    }),
  )
})

test('colours are normalised in a graph as they are in pixels', async () => {
  const [width, height] = [7, 7]
  const picture = noise(width, height)
  const pixels = Float32Array.from({ length: picture.data.length }, (_, index) => {
    const plane = width * height
    return picture.data[3 * (index % plane) + Math.floor(index / plane)]
  })
  const wanted = preprocessing(7, 7)
  const filled = new Float32Array(pixels.length)
  fillPrepared(picture, wanted, filled, 0)
  const graph = new Graph()
  const image = graph.input('image', [1, 3, height, width])
  const outputs = { y: normalised(image, wanted) }
  const engine = await createEngine({ threads: 1 })
  const { y } = await evaluate(engine, { graph, outputs }, { image: float32(image.shape, pixels) })
  filled.forEach((value, index) => {
    expect(Number(y.data[index])).toBeCloseTo(value, 5)
  })
})

test.each([
  [5, 4, [68, 113, 112, 114, 135, 125, 104, 149, 164]],
  [7, 9, [17, 115, 138, 67, 126, 100, 87, 91, 148, 132, 119, 12, 149, 219, 205, 134, 140, 216, 32, 134, 39]],
  [
    22,
    18,
    [0, 68, 65, 191, 148, 41, 105, 106, 183, 0, 26, 165, 126, 141, 59, 64, 207, 203, 57, 10, 180, 160],
  ],
])('bicubic resizing to %i x %i gives what Pillow gives', (width, height, expected) => {
  const picture: Picture = { width: 11, height: 9, data: new Uint8Array(11 * 9 * 3) }
  for (let y = 0; y < 9; y++)
    for (let x = 0; x < 11; x++)
      for (let c = 0; c < 3; c++)
        picture.data[3 * (y * 11 + x) + c] =
          (37 * y * y + 53 * x * (c + 1) + ((91 * (x + y)) % 7) * 31 + y * x * 29) % 256
  const whole = { left: 0, top: 0, width, height }
  const { data } = resample(picture, width, height, whole, 'bicubic')
  // Every seventh number. Pillow rounds to bytes between its two passes, so some differ by a level or two.
  for (const [k, value] of expected.entries()) expect(Math.abs(data[7 * k] - value)).toBeLessThanOrEqual(2)
})

test.each(['bilinear', 'bicubic'] as const)(
  '%s resizing rounds to the nearest: a flat image stays flat',
  filter => {
    for (let level = 0; level < 256; level++) {
      const picture: Picture = { width: 11, height: 9, data: new Uint8Array(11 * 9 * 3).fill(level) }
      const { data } = resample(picture, 8, 6, { left: 0, top: 0, width: 8, height: 6 }, filter)
      expect(new Set(data)).toEqual(new Set([level]))
    }
  },
)
