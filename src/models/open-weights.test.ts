import { describe, expect, test } from 'vitest'
import { gate } from '../../test/thorough.ts'
import type { Tensor } from '../graph/tensor.ts'
import { ownWeights, wantedShapes } from '../nets/fit-weights.ts'
import { openUntrained, openWeights } from './open-weights.ts'

const randomWeights = (net: string) => new Map<string, Tensor>(openUntrained(net, 1).network.parameters)
const open = (tensors: Map<string, Tensor>, where: string, net?: string) =>
  openWeights({ tensors, metadata: {} }, where, { net })

describe('a network of several makes', () => {
  test.each([
    ...(gate ? [['googlenet', 'googlenet-torchvision']] : []),
    ['squeezenet1_1', 'squeezenet1_1-torchvision'],
  ])('%s is the make that the weights are of, and a note says so', (asked, make) => {
    const { network, notes } = open(randomWeights(make), 'weights.pth', asked)
    expect(network.net).toBe(make)
    expect(notes.join()).toContain(`these are weights of ${make}`)
    // Each make has its own colours.
    expect(network.preprocessing.deviation).not.toEqual(
      openUntrained(asked, 0).network.preprocessing.deviation,
    )
    expect(open(randomWeights(asked), 'weights.pth', asked).network.net).toBe(asked)
  })

  test.runIf(gate)('passes over side branches that only training used', () => {
    const tensors = randomWeights('googlenet-torchvision')
    const head = tensors.get('fc.weight')!
    for (const name of ['aux1.fc2.weight', 'aux2.conv.conv.weight', 'aux2.conv.bn.num_batches_tracked'])
      tensors.set(name, head)
    const { network, notes } = open(tensors, 'googlenet.pth')
    expect(network.net).toBe('googlenet-torchvision')
    expect([...network.parameters.keys()].filter(name => name.startsWith('aux'))).toEqual([])
    expect(notes).toEqual(['recognised as googlenet-torchvision by the names and shapes of its tensors'])
  })
})

describe('images are prepared', () => {
  const weights = randomWeights('shufflenet_v2_x0_5')

  test('as the architecture’s publisher does', () => {
    const { preprocessing } = open(weights, '/some/where/mine.pth').network
    expect(preprocessing).toMatchObject({ size: 224, resize: 256, mean: [0.485, 0.456, 0.406] })
    expect(openUntrained('vit_tiny_patch16_224', 0).network.preprocessing).toMatchObject({
      resize: 248,
      interpolation: 'bicubic',
      mean: [0.5, 0.5, 0.5],
    })
  })

  test('as a pulled file’s publisher does, which its name tells', () => {
    const file = '/cache/weights/regnet_x_400mf-62229a5f.pth'
    const { preprocessing } = open(randomWeights('regnet_x_400mf'), file).network
    expect(preprocessing).toMatchObject({ size: 224, resize: 232 })
  })
})

/** The content does not matter. */
const named = (names: Iterable<readonly [string, readonly number[]]>) =>
  new Map(
    [...names].map(([name, shape]): [string, Tensor] => [
      name,
      { dtype: 'float32', shape, data: new Float32Array(0) },
    ]),
  )

test.each([
  ['densenet121', (name: string) => name.replace(/(denselayer\d+\.\w+?)([12])\./, '$1.$2.')],
  [
    'vit_b_16',
    (name: string) => name.replace(/mlp\.([03])\./, (_, at) => `mlp.linear_${at === '0' ? 1 : 2}.`),
  ],
])('%s also has the names of torchvision’s older files', (net, older) => {
  const shapes = [...wantedShapes(net)]
  const file = named(shapes.map(([name, shape]) => [older(name), shape]))
  expect([...file.keys()]).not.toEqual(shapes.map(([name]) => name))
  expect([...ownWeights(net, file).tensors.keys()].sort()).toEqual(shapes.map(([name]) => name).sort())
})
