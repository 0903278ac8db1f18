import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { openSpectra } from './fourier.ts'
import { type Gradients, gradientsOf } from './gradients.ts'
import { type Image, imageOf, noisePicture, roll } from './image.ts'
import { channel } from './objectives.ts'
import { openSteps, paintDream } from './painting.ts'
import { inPose, type Pose, randomPose, stillPose } from './transform.ts'

const engine = await createEngine({ threads: 1 })
const photo = noisePicture(21, 16, random(0, 'photo'))
const noise = (name: string): Image => imageOf(noisePicture(21, 16, random(0, name)))
const dot = (a: Image, b: Image) => a.data.reduce((sum, value, i) => sum + value * b.data[i], 0)
const look = (image: Image, pose: Pose) => inPose(image, pose).look(image)
const lookBack = (gradient: Image, pose: Pose) => inPose(gradient, pose).lookBack(gradient)
const difference = (a: Image, b: Image) => Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i])))

describe('poses', () => {
  test('the still one changes nothing', () => {
    expect(difference(look(noise('a'), stillPose), noise('a'))).toBe(0)
  })

  test('a shift by whole pixels is a shift, with grey coming in', () => {
    const seen = look(noise('a'), { ...stillPose, right: 3 })
    const moved = roll(noise('a'), 0, -3)
    expect([...seen.data.slice(0, 18)]).toEqual([...moved.data.slice(0, 18)])
    expect([...seen.data.slice(18, 21)]).toEqual([127.5, 127.5, 127.5])
  })

  test('looking back is the transpose of looking', () => {
    const [a, b] = [noise('a'), noise('b')]
    const grey: Image = { ...a, data: a.data.map(() => 127.5) }
    fc.assert(
      fc.property(fc.integer(), seed => {
        const pose = randomPose(random(seed, 'pose'))
        // Looking is affine: grey stays grey. Its linear part is what remains without the grey.
        const linear = (image: Image): Image => ({
          ...image,
          data: look({ ...image, data: image.data.map(value => value + 127.5) }, pose).data.map(
            v => v - 127.5,
          ),
        })
        expect(look(grey, pose)).toEqual(grey)
        expect(dot(linear(a), b) / dot(a, lookBack(b, pose))).toBeCloseTo(1, 4)
      }),
      { numRuns: 30 },
    )
  })
})

describe('the spectrum', () => {
  test.each([
    [21, 16],
    [16, 21],
  ])('of a photograph of %d x %d gives it back', async (width, height) => {
    const image = imageOf(noisePicture(width, height, random(0, 'photo')))
    const spectra = await openSpectra(engine, image)
    const picture = await spectra.begin(image)
    expect(difference(await picture.image(), image)).toBeLessThan(1e-2)
    await spectra.dispose()
  })
})

describe('painting', () => {
  const target = noise('target')
  const towardTarget: Gradients = {
    async at(image) {
      const gradient = image.data.map((value, i) => target.data[i] - value)
      return { objective: -dot({ ...image, data: gradient }, { ...image, data: gradient }) / 2, gradient }
    },
    async dispose() {},
  }
  const both = { gradients: towardTarget, open: towardTarget }
  const options = { steps: 40, stepSize: 0.05, robust: false }

  test('climbs, from a photograph and from noise', async () => {
    for (const start of [photo, { width: 21, height: 16 }]) {
      const { octaves } = await paintDream(engine, both, start, options, { seed: 0 })
      const { objective } = octaves[0]
      expect(objective).toHaveLength(40)
      expect(objective.at(-1)!).toBeGreaterThan(objective[0] / 2)
    }
  })

  test('without steps returns the photograph', async () => {
    const { image } = await paintDream(engine, both, photo, { ...options, steps: 0 }, { seed: 0 })
    expect(difference(image, imageOf(photo))).toBeLessThan(1e-2)
  })

  test('does not depend on the scale of the objective', async () => {
    const tenfold: Gradients = {
      async at(image) {
        const { objective, gradient } = await towardTarget.at(image)
        return { objective: 10 * objective, gradient: gradient.map(value => 10 * value) }
      },
      async dispose() {},
    }
    const ten = { gradients: tenfold, open: tenfold }
    const few = { ...options, steps: 5, robust: true }
    const one = await paintDream(engine, both, photo, few, { seed: 0 })
    expect(
      difference((await paintDream(engine, ten, photo, few, { seed: 0 })).image, one.image),
    ).toBeLessThan(0.1)
  })

  test('opens silent units in the first steps only', async () => {
    const asked: string[] = []
    const named = (name: string): Gradients => ({
      ...towardTarget,
      at(image) {
        asked.push(name)
        return towardTarget.at(image)
      },
    })
    const steps = openSteps + 2
    await paintDream(
      engine,
      { gradients: named('own'), open: named('open') },
      photo,
      { ...options, steps },
      { seed: 0 },
    )
    expect(asked).toEqual([...Array(openSteps).fill('open'), 'own', 'own'])
  })
})

test('a gradient passes a silent unit where ReLUs are opened, and not otherwise', async () => {
  const plan: NetworkPlan = {
    net: 'small',
    head: { kind: 'embedding', dim: 2 },
    preprocessing: { size: 32, resize: 32, ...imagenetStatistics },
  }
  const parameters = initialParameters(plan, 0)
  parameters.get('stem.norm.bias')!.data.fill(-1e3)
  const network: Network = { ...plan, parameters }
  const image = imageOf(noisePicture(32, 32, random(0, 'photo')))
  const slopeOf = async (open: boolean) => {
    const gradients = gradientsOf(engine, network, channel('stem', 3), { open })
    const { objective, gradient } = await gradients.at(image)
    await gradients.dispose()
    return { objective, steepest: Math.max(...gradient.map(Math.abs)) }
  }
  const [closed, open] = [await slopeOf(false), await slopeOf(true)]
  expect(closed).toEqual({ objective: 0, steepest: 0 })
  expect(open.objective).toBeCloseTo(0, 3)
  expect(open.steepest).toBeGreaterThan(0)
})
