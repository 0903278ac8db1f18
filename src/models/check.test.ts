/** Each of the usual reasons is done by hand to random images, and has to be found again. */
import { describe, expect, it } from 'vitest'
import { random } from '../base/random.ts'
import { float32 } from '../graph/tensor.ts'
import { buildNetwork, initialParameters, type Network, type NetworkPlan } from '../nets/network.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluate } from '../runtime/engine.ts'
import { checkNetwork } from './check.ts'

const engine = await createEngine({ threads: 1 })
const [side, count, classes] = [32, 3, 7]
const preprocessing = {
  size: side,
  resize: 36,
  mean: [0.4, 0.5, 0.3],
  deviation: [0.2, 0.3, 0.25],
} satisfies NetworkPlan['preprocessing']
const plan: NetworkPlan = {
  net: 'small',
  preprocessing,
  head: { kind: 'classes', classes: Array.from({ length: classes }, (_, index) => `class ${index}`) },
}
const parameters = initialParameters(plan, 1)
// Fresh normalisations would make no difference between training and inference visible in their scale alone.
for (const [name, { data }] of parameters) if (/running_var$/.test(name)) data.fill(1.7)
const network: Network = { ...plan, parameters }

type Numbers = readonly number[]
/** colour images from 0 to 1, (n, 3, h, w), as they are before anything is done to them */
const imagesAt = (height: number, width = height): Numbers => {
  const { uniform } = random(2, 'images', `${height}x${width}`)
  return Array.from({ length: count * 3 * height * width }, () => Math.round(255 * uniform(0, 1)) / 255)
}
const at = (index: number, plane: number) => Math.floor(index / plane) % 3
const prepared = (images: Numbers, plane = side * side): Numbers =>
  images.map(
    (value, index) =>
      (value - preprocessing.mean[at(index, plane)]) / preprocessing.deviation[at(index, plane)],
  )
const turned = (images: Numbers, plane = side * side): Numbers =>
  images.map((_, index) => images[index + (2 - 2 * at(index, plane)) * plane])
const lastToFirst = (images: Numbers): Numbers => {
  const plane = side * side
  return images.map((_, index) => {
    const image = Math.floor(index / (3 * plane))
    return images[3 * (image * plane + (index % plane)) + at(index, plane)]
  })
}
const firstToLast = (images: Numbers): Numbers => {
  const plane = side * side
  return images.map((_, index) => {
    const image = Math.floor(index / (3 * plane))
    return images[(3 * image + (index % 3)) * plane + (Math.floor(index / 3) % plane)]
  })
}

async function answers(
  fed: Numbers,
  mode: 'inference' | 'training' = 'inference',
  size = side,
): Promise<Numbers> {
  const built = buildNetwork(network, { batch: count, size, mode })
  const request = { graph: built.graph, outputs: { output: built.output }, parameters }
  const images = float32([count, 3, size, size], Float32Array.from(fed))
  return Array.from((await evaluate(engine, request, { images })).output.data, Number)
}

const softmax = (numbers: Numbers): Numbers =>
  Array.from({ length: count }, (_, row) => {
    const own = numbers.slice(row * classes, (row + 1) * classes).map(Math.exp)
    const sum = own.reduce((a, b) => a + b, 0)
    return own.map(value => value / sum)
  }).flat()

const check = (given: Numbers, expected: Numbers, shape: Numbers = [count, 3, side, side]) =>
  checkNetwork(
    engine,
    network,
    { content: float32([...shape], Float32Array.from(given)), where: 'input.npy' },
    { content: float32([count, expected.length / count], Float32Array.from(expected)), where: 'output.npy' },
  )

const images = imagesAt(side)
const fed = prepared(images)
const bytes = images.map(value => 255 * value)
const usual = (values: Numbers) =>
  values.map((value, index) => {
    const channel = at(index, side * side)
    return (value - [0.485, 0.456, 0.406][channel]) / [0.229, 0.224, 0.225][channel]
  })

describe('a network that answers as it did there', () => {
  it('agrees', async () => {
    const result = await check(fed, await answers(fed))
    expect(result).toMatchObject({
      agrees: true,
      explained: true,
      reason: 'the answers agree as they are',
      tried: 1,
    })
    expect(result.maxDifference).toBeLessThan(1e-5)
  })

  it('agrees with channels last', async () => {
    const result = await check(firstToLast(fed), await answers(fed), [count, side, side, 3])
    expect(result.agrees).toBe(true)
  })
})

describe.each<[string, () => Promise<{ given: Numbers; expected: Numbers; shape?: Numbers }>, RegExp]>([
  [
    'colours from 0 to 255',
    async () => ({ given: bytes, expected: await answers(fed) }),
    /^there, colours from 0 to 255 were fed with the network’s own mean/,
  ],
  [
    'colours from 0 to 1',
    async () => ({ given: images, expected: await answers(fed) }),
    /^there, colours from 0 to 1 were fed with the network’s own mean/,
  ],
  [
    'colours from -1 to 1',
    async () => ({ given: images.map(x => 2 * x - 1), expected: await answers(fed) }),
    /^there, colours from -1 to 1 were fed with the network’s own mean/,
  ],
  [
    'preparation that was done twice',
    async () => ({ given: fed, expected: await answers(images) }),
    /own mean and deviation taken off were fed from 0 to 1 \(preprocessing\)$/,
  ],
  [
    'ImageNet’s mean and deviation',
    async () => ({ given: images, expected: await answers(usual(images)) }),
    /colours from 0 to 1 were fed ImageNet’s mean and deviation taken off/,
  ],
  [
    'bytes that were fed as they are',
    async () => ({ given: images, expected: await answers(bytes) }),
    /colours from 0 to 1 were fed from 0 to 255/,
  ],
  [
    'blue, green, red',
    async () => ({ given: fed, expected: await answers(turned(fed)) }),
    /^there, the colours came in the order blue, green, red \(BGR\)$/,
  ],
  [
    'blue, green, red from 0 to 255',
    async () => ({ given: turned(bytes), expected: await answers(fed) }),
    /from 0 to 255 were fed with the network’s own mean.*in the order blue, green, red/,
  ],
  [
    'a softmax',
    async () => ({ given: fed, expected: softmax(await answers(fed)) }),
    /^there, a softmax follows the logits$/,
  ],
  [
    'a softmax twice',
    async () => ({ given: fed, expected: softmax(softmax(await answers(fed))) }),
    /a softmax was applied twice/,
  ],
  [
    'a softmax after colours from 0 to 255',
    async () => ({ given: bytes, expected: softmax(await answers(fed)) }),
    /from 0 to 255.*; a softmax follows/,
  ],
  [
    'training mode',
    async () => ({ given: fed, expected: await answers(fed, 'training') }),
    /^there, the network was in training mode/,
  ],
  [
    'a reshape instead of a transposition',
    async () => ({ given: fed, expected: await answers(lastToFirst(fed)) }),
    /reshaped instead of transposed/,
  ],
])('%s', (_, make, reason) => {
  it('is found', async () => {
    const { given, expected, shape } = await make()
    const result = await check(given, expected, shape)
    expect(result.reason).toMatch(reason)
    expect(result).toMatchObject({ agrees: false, explained: true })
    expect(result.difference).toBeLessThan(1e-3)
  })
})

it('a cut is found', async () => {
  const large = side + 8
  const whole = prepared(imagesAt(large), large * large)
  const plane = side * side
  const inner = Array.from({ length: count * 3 * plane }, (_, index) => {
    const [y, x] = [Math.floor((index % plane) / side) + 4, (index % side) + 4]
    return whole[Math.floor(index / plane) * large * large + y * large + x]
  })
  const result = await check(whole, await answers(inner), [count, 3, large, large])
  expect(result.reason).toBe('there, the centre 32 x 32 pixels were cut out')
})

it('weights that are others are not a reason of these', async () => {
  const { uniform } = random(5, 'answers')
  const expected = Array.from({ length: count * classes }, () => uniform(-1, 1))
  const result = await check(fed, expected)
  expect(result).toMatchObject({ agrees: false, explained: false })
  expect(result.reason).toMatch(/^none of \d+ usual reasons/)
}, 60_000)

it('arrays that are not images, or answers of another length, are refused', async () => {
  await expect(check(fed.slice(0, 12), [1, 2, 3], [1, 4, 3, 1])).rejects.toMatchObject({
    code: 'check-input',
  })
  await expect(
    check(
      fed,
      Array.from({ length: 3 * 99 }, () => 1),
    ),
  ).rejects.toMatchObject({ code: 'check-output' })
})
