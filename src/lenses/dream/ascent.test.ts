import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { type AscentOptions, ascend, octaveSizes, stepped } from './ascent.ts'
import type { Gradients } from './gradients.ts'
import {
  cut,
  enlarge,
  type Image,
  imageOf,
  minus,
  noisePicture,
  paste,
  pictureOf,
  plus,
  roll,
} from './image.ts'

const defaults: AscentOptions = {
  octaves: 1,
  octaveScale: 1.4,
  steps: 10,
  stepSize: 1.5,
  jitter: 0,
  clip: false,
  tile: 1024,
  smallest: 1,
}
const photo = noisePicture(40, 30, random(0, 'photo'))
const difference = (a: Image, b: Image) => Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i])))

/** Gradients without a network, and a record of the images they were asked at. */
function gradients(
  at: (image: Image) => { objective: number; gradient: Float32Array },
): Gradients & { seen: Image[] } {
  const seen: Image[] = []
  return {
    seen,
    async at(image) {
      seen.push(image)
      return at(image)
    },
    async dispose() {},
  }
}

/** Half the squared norm of the image's horizontal edges: something whose slope depends on the image. */
const edges = (scale = 1) =>
  gradients(image => {
    const { width, data } = image
    const edge = data.map((value, i) => (i % width === 0 ? 0 : value - data[i - 1]))
    const gradient = edge.map((value, i) => scale * (value - ((i + 1) % width === 0 ? 0 : edge[i + 1])))
    return { objective: (scale / 2) * edge.reduce((sum, value) => sum + value * value, 0), gradient }
  })

describe('pictures', () => {
  test('shifting and shifting back is exact, by any amount', () => {
    const image = imageOf(photo)
    fc.assert(
      fc.property(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 }), (down, right) => {
        expect(difference(roll(roll(image, down, right), -down, -right), image)).toBe(0)
      }),
    )
  })

  test('a shift moves what it should, and round the border', () => {
    const image: Image = { width: 3, height: 2, data: Float32Array.from({ length: 18 }, (_, i) => i) }
    expect([...roll(image, 1, 1).data].slice(0, 6)).toEqual([5, 3, 4, 2, 0, 1])
    expect([...roll(image, 0, -1).data].slice(6, 12)).toEqual([7, 8, 6, 10, 11, 9])
  })

  test('a window that is cut out and put back changes nothing', () => {
    const image = imageOf(photo)
    const copy = { ...image, data: image.data.slice() }
    const part = cut(image, 7, 11, 9, 13)
    expect(part.data[0]).toBe(image.data[7 * 40 + 11])
    paste(copy, part, 7, 11)
    expect(copy).toEqual(image)
  })

  test('from 8 bits to planes and back', () => {
    expect(pictureOf(imageOf(photo))).toEqual(photo)
  })
})

describe('a step', () => {
  test('changes values by the step size on average', () => {
    const image = imageOf(photo)
    const gradient = image.data.map((_, i) => Math.sin(i) * 1e-6)
    const change = minus(stepped(image, gradient, { stepSize: 1.5, clip: false }), image)
    expect(change.data.reduce((sum, value) => sum + Math.abs(value), 0) / change.data.length).toBeCloseTo(
      1.5,
      4,
    )
  })

  test('of size zero returns the image', async () => {
    const { image } = await ascend(
      edges(),
      photo,
      { ...defaults, stepSize: 0, octaves: 3, jitter: 5 },
      { seed: 1 },
    )
    expect(difference(image, imageOf(photo))).toBeLessThan(1e-4)
  })

  test('without a slope leaves the image as it is', () => {
    const image = imageOf(photo)
    expect(stepped(image, new Float32Array(image.data.length), defaults)).toBe(image)
  })

  test('with a slope that is not a number is an error', () => {
    const image = imageOf(photo)
    expect(() =>
      stepped(
        image,
        image.data.map(() => Number.NaN),
        defaults,
      ),
    ).toThrow('not finite')
  })

  test('keeps to 0 to 255 where asked', () => {
    const dark: Image = { width: 1, height: 1, data: Float32Array.of(1, 100, 254) }
    const steps = stepped(dark, Float32Array.of(-1, 1, 1), { stepSize: 3, clip: true })
    expect([...steps.data]).toEqual([0, 103, 255])
  })
})

describe('the ascent', () => {
  test('makes the objective grow', async () => {
    const { octaves } = await ascend(edges(), photo, { ...defaults, jitter: 8 }, { seed: 0 })
    const { objective } = octaves[0]
    for (let step = 1; step < objective.length; step++)
      expect(objective[step]).toBeGreaterThan(objective[step - 1] * 0.99)
    expect(objective.at(-1)).toBeGreaterThan(2 * objective[0])
  })

  test('does not depend on the scale of the objective', async () => {
    const options = { ...defaults, octaves: 2, jitter: 4 }
    const one = await ascend(edges(1), photo, options, { seed: 3 })
    const ten = await ascend(edges(10), photo, options, { seed: 3 })
    expect(difference(one.image, ten.image)).toBeLessThan(1e-2)
    expect(ten.octaves[0].objective[0] / one.octaves[0].objective[0]).toBeCloseTo(10, 4)
  })

  test('on something linear grows its template', async () => {
    const template = imageOf(noisePicture(40, 30, random(0, 'template'))).data.map(value => value - 128)
    const linear = gradients(({ data }) => ({
      objective: data.reduce((sum, value, i) => sum + value * template[i], 0),
      gradient: template,
    }))
    const { image } = await ascend(linear, photo, { ...defaults, steps: 20 }, { seed: 0 })
    const change = minus(image, imageOf(photo)).data
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0)
    expect(dot(change, template) / Math.sqrt(dot(change, change) * dot(template, template))).toBeCloseTo(1, 6)
  })

  test('with octaves of one size is plain ascent', async () => {
    const plain = await ascend(edges(), photo, { ...defaults, steps: 6 }, { seed: 0 })
    const octaves = await ascend(
      edges(),
      photo,
      { ...defaults, steps: 2, octaves: 3, octaveScale: 1 },
      { seed: 0 },
    )
    expect(octaves.octaves).toHaveLength(3)
    expect(difference(plain.image, octaves.image)).toBeLessThan(1e-3)
  })

  test('carries what a small octave added over to the next', async () => {
    const onlyFirst = gradients(({ data, width }) => ({
      objective: 1,
      gradient: data.map((_, i) => (width < 40 && i % width < width / 2 ? 1 : 0)),
    }))
    const options = { ...defaults, octaves: 2, steps: 1, stepSize: 10 }
    const { image } = await ascend(onlyFirst, photo, options, { seed: 0 })
    const added = minus(image, imageOf(photo)).data
    expect(added[0]).toBeCloseTo((10 * 29) / 15, 3)
    expect(added[39]).toBeCloseTo(0, 3)
  })

  test('the same seed gives the same dream, another one another', async () => {
    const options = { ...defaults, octaves: 2, jitter: 9 }
    const [first, again, other] = await Promise.all(
      [5, 5, 6].map(seed => ascend(edges(), photo, options, { seed })),
    )
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  test('stops when it is aborted', async () => {
    const stop = new AbortController()
    const onStep = () => stop.abort()
    await expect(ascend(edges(), photo, defaults, { seed: 0, signal: stop.signal, onStep })).rejects.toThrow(
      'abort',
    )
  })
})

describe('octaves', () => {
  test('go from small to the picture’s own size', () => {
    const sizes = octaveSizes({ width: 400, height: 200 }, { octaves: 3, octaveScale: 2, smallest: 32 })
    expect(sizes).toEqual([
      { width: 100, height: 50 },
      { width: 200, height: 100 },
      { width: 400, height: 200 },
    ])
  })

  test('too small for the network are left out, the picture’s own never', () => {
    const sizes = octaveSizes({ width: 64, height: 48 }, { octaves: 4, octaveScale: 2, smallest: 50 })
    expect(sizes).toEqual([{ width: 64, height: 48 }])
  })
})

describe('tiles', () => {
  /** A slope that looks no further than its own value: tiles give the same as the whole. */
  const local = () =>
    gradients(({ data }) => ({
      objective: data.reduce((sum, value) => sum + value * value, 0) / 2,
      gradient: data.slice(),
    }))

  test('cover every pixel once, whatever their size, and are all of one size', async () => {
    const options = { ...defaults, steps: 2 }
    const whole = await ascend(local(), photo, options, { seed: 0 })
    for (const tile of [7, 16, 29]) {
      const inTiles = local()
      const { image } = await ascend(inTiles, photo, { ...options, tile }, { seed: 0 })
      expect(difference(image, whole.image)).toBeLessThan(1e-3)
      expect(new Set(inTiles.seen.map(({ width, height }) => `${width}x${height}`)).size).toBe(1)
      expect(
        Math.max(...inTiles.seen.map(({ width, height }) => Math.max(width, height))),
      ).toBeLessThanOrEqual(tile)
    }
  })

  test('fall on other places at every step', async () => {
    const inTiles = local()
    await ascend(inTiles, photo, { ...defaults, stepSize: 0, steps: 3, tile: 16 }, { seed: 0 })
    expect(new Set(inTiles.seen.map(({ data }) => data.slice(0, 40).join())).size).toBe(inTiles.seen.length)
  })
})

test('the detail of one octave and its photograph make the image again', () => {
  const base = imageOf(photo)
  const image = imageOf(noisePicture(40, 30, random(1, 'other')))
  expect(difference(plus(base, enlarge(minus(image, base), 40, 30)), image)).toBe(0)
})
