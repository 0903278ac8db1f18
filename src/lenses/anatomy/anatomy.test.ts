import { expect, test } from 'vitest'
import { random } from '../../base/random.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { float32, type Tensor } from '../../graph/tensor.ts'
import { buildNetwork, initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { evaluate } from '../../runtime/engine.ts'
import { noisePicture } from '../dream/image.ts'
import type { LabelledPicture } from '../lens.ts'
import { likelier, verdictOf } from './draw.ts'
import { mixingOf } from './mixing.ts'
import { options as anatomyOptions } from './options.ts'
import { distance, metrics, run } from './run.ts'

const plan: NetworkPlan = {
  net: 'small',
  head: { kind: 'embedding', dim: 2 },
  preprocessing: { size: 32, resize: 32, ...imagenetStatistics },
}
const engine = await createEngine({ threads: 1 })

/** The network in which the branch of the first unit, whose shortcut is the input itself, is made larger. */
function networkWithBranch(factor: number): Network {
  const parameters = new Map<string, Tensor>(initialParameters(plan, 0))
  const scale = parameters.get('stage1.unit1.norm2.weight')!
  parameters.set('stage1.unit1.norm2.weight', float32(scale.shape, new Float32Array(32).fill(factor)))
  return { ...plan, parameters }
}

const noise = (count: number) => {
  const stream = random(0, 'images')
  return Float32Array.from({ length: count * 3 * 32 * 32 }, () => stream.normal())
}

test('ratio and cosine are those of the unit’s two values, averaged over images', async () => {
  const network = networkWithBranch(1)
  const images = noise(5)
  const { graph } = buildNetwork(network, { batch: 5 })
  const branch = graph.layers.get('stage2.unit1.branch')!
  const shortcut = graph.layers.get('stage2.unit1.shortcut')!
  const result = await evaluate(
    engine,
    { graph, outputs: { branch, shortcut }, parameters: network.parameters },
    { images: float32([5, 3, 32, 32], images) },
  )
  const [m, s] = [result.branch.data as Float32Array, result.shortcut.data as Float32Array]
  const own = m.length / 5
  let [ratio, cosine] = [0, 0]
  for (let row = 0; row < 5; row++) {
    let [mm, ss, ms] = [0, 0, 0]
    for (let i = row * own; i < (row + 1) * own; i++) {
      mm += m[i] ** 2
      ss += s[i] ** 2
      ms += m[i] * s[i]
    }
    ratio += Math.sqrt(mm / ss) / 5
    cosine += ms / Math.sqrt(mm * ss) / 5
  }
  for (const batch of [1, 2, 3, 8]) {
    const mixings = await mixingOf(engine, network, images, { batch })
    expect(mixings.map(({ unit }) => unit)).toEqual([1, 2, 3, 4].map(stage => `stage${stage}.unit1`))
    expect(mixings[1].normRatio).toBeCloseTo(ratio, 4)
    expect(mixings[1].cosine).toBeCloseTo(cosine, 4)
  }
})

const photo: LabelledPicture = { path: 'photo.png', picture: noisePicture(48, 40, random(0, 'photo')) }
const lookAt = (network: Network) =>
  run(
    {
      engine,
      seed: 0,
      signal: new AbortController().signal,
      emit() {},
      picture: async () => photo,
    },
    { model: { network, source: 'small' }, image: { total: 1, sampled: false, take: async () => [photo] } },
    anatomyOptions.parse({ unit: ['stage1.unit1'], octaves: 1, steps: 4, jitter: 4 }),
  )

test('with a small branch the sum dreams what the input dreams', async () => {
  const { units, mixings } = await lookAt(networkWithBranch(0.02))
  expect(mixings[0].normRatio).toBeLessThan(0.1)
  expect(units[0].dreams.shortcut).toBe(units[0].dreams.input)
  expect(units[0].distances.input).toBeLessThan(units[0].distances.branch / 2)
  expect(verdictOf(units[0])).toMatch(/like the shortcut’s: .* It does\.$/)
})

test('with a large branch it dreams what the branch dreams', async () => {
  const { units, mixings } = await lookAt(networkWithBranch(50))
  expect(mixings[0].normRatio).toBeGreaterThan(10)
  expect(units[0].distances.branch).toBeLessThan(units[0].distances.input / 2)
  expect(verdictOf(units[0])).toMatch(/like the branch’s: .* It does\.$/)
  expect(metrics({ units, mixings, pictures: 1 } as never)).toMatchObject({
    units: [
      { unit: 'stage1.unit1', distances: units[0].distances },
      { unit: 'stage2.unit1' },
      { unit: 'stage3.unit1' },
      { unit: 'stage4.unit1' },
    ],
  })
})

test('a branch and a shortcut of about one size predict nothing', () => {
  expect([0.5, 0.79, 0.81, 1, 1.2, 1.3, 9].map(likelier)).toEqual([
    'shortcut',
    'shortcut',
    undefined,
    undefined,
    undefined,
    'branch',
    'branch',
  ])
})

test('the distance of images is the root mean square of their differences', () => {
  const { picture } = photo
  expect(distance(picture, picture)).toBe(0)
  expect(distance(picture, { ...picture, data: picture.data.map(value => value + 3) })).toBe(3)
})
