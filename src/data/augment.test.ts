import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { random } from '../base/random.ts'
import {
  type Augmentation,
  augmentationStream,
  augmentInto,
  centreCrop,
  plantAugmentation,
  requireAugmentation,
  type Step,
  storedSize,
} from './augment.ts'
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from './colour.ts'
import recorded from './fixtures/torchvision.json' with { type: 'json' }

const plain = { mean: [0, 0, 0], deviation: [1 / 255, 1 / 255, 1 / 255] } as {
  mean: [number, number, number]
  deviation: [number, number, number]
}
/** Every pixel says where it stands: red is x, green is y, blue is 7. */
const places = (size: number): Uint8Array =>
  Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3)
    return [pixel % size, Math.floor(pixel / size), 7][i % 3]
  })

function augment(steps: Step[], { size = 6, stored = 6, seed = 0, place = 0 } = {}) {
  const target = new Float32Array(3 * size * size)
  const stream = augmentationStream(seed, 0, place)
  augmentInto(target, 0, places(stored), stored, { size, steps }, plain, stream)
  const rounded = target.map(value => Math.round(value * 1000) / 1000)
  const plane = size * size
  return {
    x: [...rounded.subarray(0, plane)],
    y: [...rounded.subarray(plane, 2 * plane)],
    blue: [...rounded.subarray(2 * plane)],
  }
}

const unchanged = augment([])
const always = { probability: 1 }

describe('geometric augmentation', () => {
  test('without any step gives the image, planes apart', () => {
    expect(unchanged.x.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 0])
    expect(unchanged.y.slice(4, 8)).toEqual([0, 0, 1, 1])
    expect(new Set(unchanged.blue)).toEqual(new Set([7]))
  })

  test('RandAugment draws operations of both kinds, by the magnitude, with either sign', () => {
    const { integer } = random(1, 'noise')
    const noise = Uint8Array.from({ length: 20 * 20 * 3 }, () => 20 + integer(200))
    const sample = (magnitude: number, place: number) => {
      const target = new Float32Array(3 * 16 * 16)
      const steps: Step[] = [{ name: 'centre-crop' }, { name: 'rand-augment', layers: 1, magnitude }]
      augmentInto(target, 0, noise, 20, { size: 16, steps }, plain, augmentationStream(0, 0, place))
      expect(target.every(value => value > -0.01 && value < 255.01)).toBe(true)
      return target.reduce((sum, value, i) => sum + (i % 101) * value, 0).toFixed(0)
    }
    const drawn = (magnitude: number) =>
      new Set(Array.from({ length: 300 }, (_, place) => sample(magnitude, place)))
    // Nine with a sign and five without.
    expect(drawn(9).size).toBeGreaterThan(20)
    expect(drawn(9).size).toBeLessThanOrEqual(9 * 2 + 5)
    // Nothing, stretched contrast, a flat histogram, and lossless copies of each.
    expect(drawn(0).size).toBeLessThan(6)
  })

  test.each(['horizontal-flip', 'vertical-flip', 'transpose'] as const)('%s twice is nothing', name => {
    const once = augment([{ name, ...always }])
    expect(once).not.toEqual(unchanged)
    expect(
      augment([
        { name, ...always },
        { name, ...always },
      ]),
    ).toEqual(unchanged)
  })

  test('flips and transpose do what they are called', () => {
    expect(augment([{ name: 'horizontal-flip', ...always }]).x.slice(0, 6)).toEqual([5, 4, 3, 2, 1, 0])
    expect(augment([{ name: 'vertical-flip', ...always }]).y.slice(0, 6)).toEqual([5, 5, 5, 5, 5, 5])
    const transposed = augment([{ name: 'transpose', ...always }])
    expect(transposed).toEqual({ x: unchanged.y, y: unchanged.x, blue: unchanged.blue })
  })

  test('quarter turns reach four orientations, flips and transpose all eight', () => {
    const reached = (steps: Step[]) =>
      new Set(Array.from({ length: 200 }, (_, place) => JSON.stringify(augment(steps, { place })))).size
    expect(reached([{ name: 'quarter-turn' }])).toBe(4)
    expect(reached([...plantAugmentation(6).steps])).toBe(8)
  })

  test('a random crop lies inside the image, in one piece, and reaches every place', () => {
    const corners = new Set<string>()
    fc.assert(
      fc.property(fc.nat(), place => {
        const { x, y } = augment([{ name: 'random-crop' }], { size: 4, stored: 6, place })
        expect(x.slice(0, 4)).toEqual([0, 1, 2, 3].map(i => x[0] + i))
        expect([y[0], y[4], y[12]]).toEqual([y[0], y[0] + 1, y[0] + 3])
        expect(x[0] >= 0 && x[0] <= 2 && y[0] >= 0 && y[0] <= 2).toBe(true)
        corners.add(`${x[0]} ${y[0]}`)
      }),
      { numRuns: 300 },
    )
    expect(corners.size).toBe(9)
  })

  test('a random crop that is flipped stays inside the image', () => {
    fc.assert(
      fc.property(fc.nat(), place => {
        const { x, y } = augment([...plantAugmentation(4).steps], { size: 4, stored: 7, place })
        expect(Math.min(...x, ...y)).toBeGreaterThanOrEqual(0)
        expect(Math.max(...x) - Math.min(...x)).toBe(3)
        expect(Math.max(...y) - Math.min(...y)).toBe(3)
      }),
    )
  })

  test('the centre crop begins where torchvision begins', () => {
    const start = (stored: number) => augment([{ name: 'centre-crop' }], { size: 4, stored }).x[0]
    expect([4, 5, 6, 7, 9, 11].map(start)).toEqual([0, 0, 1, 2, 2, 4])
  })

  test('a resized crop of everything to the same size is the picture; to half, it averages neighbours', () => {
    const whole = { name: 'random-resized-crop', scale: [1, 1], ratio: [1, 1] } as const
    expect(augment([whole])).toEqual(unchanged)
    expect(augment([whole], { size: 3 }).x.slice(0, 3)).toEqual([0.5, 2.5, 4.5])
  })

  test('a resized crop has an area and a ratio within their ranges', () => {
    const step = { name: 'random-resized-crop', scale: [0.2, 0.6], ratio: [0.75, 4 / 3] } as const
    fc.assert(
      fc.property(fc.nat(), place => {
        const { x, y } = augment([step], { size: 8, stored: 64, place })
        const width = ((x[7] - x[0]) * 8) / 7
        const height = ((y[56] - y[0]) * 8) / 7
        expect((width * height) / 64 ** 2).toBeGreaterThan(0.18)
        expect((width * height) / 64 ** 2).toBeLessThan(0.63)
        expect(width / height).toBeGreaterThan(0.7)
        expect(width / height).toBeLessThan(1.43)
        expect(Math.max(...x, ...y)).toBeLessThanOrEqual(63)
      }),
    )
  })
})

describe('an augmentation', () => {
  test('is fixed by seed, epoch and place, and survives being written as JSON', () => {
    const augmentation: Augmentation = JSON.parse(JSON.stringify(plantAugmentation(6)))
    const steps = [...augmentation.steps]
    expect(augment(steps, { stored: 9, place: 3 })).toEqual(
      augment([...plantAugmentation(6).steps], { stored: 9, place: 3 }),
    )
    expect(augment(steps, { stored: 9, place: 3 })).not.toEqual(augment(steps, { stored: 9, place: 4 }))
  })

  test('normalises by mean and deviation, with a colour step or without', () => {
    const statistics = { mean: [0.5, 0.25, 0], deviation: [0.5, 0.1, 2] } as typeof plain
    const still = { name: 'colour-jitter', brightness: 0, contrast: 0, saturation: 0, hue: 0 } as const
    for (const steps of [[], [still]]) {
      const target = new Float32Array(14)
      const picture = Uint8Array.from({ length: 12 }, () => 255)
      augmentInto(target, 2, picture, 2, { size: 2, steps }, statistics, augmentationStream(0, 0, 0))
      const expected = [0, 0, 1, 1, 1, 1, 7.5, 7.5, 7.5, 7.5, 0.5, 0.5, 0.5, 0.5]
      target.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i], 5)
      })
    }
  })

  test('stores a sixth more than it crops', () => {
    expect([64, 96, 224].map(storedSize)).toEqual([75, 112, 261])
  })

  test('with an unknown step, or of a larger size than the store, is refused', () => {
    expect(() => requireAugmentation(centreCrop(10), 9)).toThrow(/at least 10 pixels/)
    const unknown = { size: 4, steps: [{ name: 'sharpen' }] } as unknown as Augmentation
    expect(() => requireAugmentation(unknown, 9)).toThrow(/'sharpen'/)
    expect(() => requireAugmentation(plantAugmentation(9), 9)).not.toThrow()
  })
})

describe('colour adjustments', () => {
  const adjust = {
    brightness: adjustBrightness,
    contrast: adjustContrast,
    saturation: adjustSaturation,
    hue: adjustHue,
  }
  test.each(recorded.colour.adjusted)(
    '$name by $amount agrees with torchvision',
    ({ name, amount, pixels }) => {
      const own = Float32Array.from([0, ...recorded.colour.pixels])
      adjust[name as keyof typeof adjust](own, 1, own.length / 3 - 1 / 3, amount)
      pixels.forEach((value, i) => {
        expect(own[i + 1]).toBeCloseTo(value, 4)
      })
    },
  )

  test('jitter stays within 0 and 1 and differs from sample to sample', () => {
    const jitter = {
      name: 'colour-jitter',
      brightness: 0.4,
      contrast: 0.4,
      saturation: 0.4,
      hue: 0.5,
    } as const
    const samples = [0, 1, 2].map(place => augment([jitter], { size: 8, stored: 64, place }))
    for (const { x, y, blue } of samples) {
      expect(Math.min(...x, ...y, ...blue)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...x, ...y, ...blue)).toBeLessThanOrEqual(255)
    }
    expect(samples[0]).not.toEqual(samples[1])
  })
})
