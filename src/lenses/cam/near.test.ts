/** What makes an image near another: the cosine, its map exactly, and its gradient. */
import { describe, expect, test } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { random } from '../../base/random.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { buildNetwork, type Head, initialParameters, type Network } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { openMapper } from './mapper.ts'
import type { MapMethod } from './methods.ts'
import { comparedWith } from './near.ts'

const size = 32
const engine = await createEngine({ threads: 1 })
const tools = { engine, seed: 0, signal: new AbortController().signal }

function networkOf(head: Head, net = 'cifar-resnet20'): Network {
  const plan = { net, head, preprocessing: { size, resize: size, ...imagenetStatistics } }
  const parameters = new Map(
    [...initialParameters(plan, 1)].map(([name, tensor]) => {
      // A bias of its own, which the exact map has to spread over places.
      const { normal } = random(2, name)
      return [
        name,
        name === 'fc.bias'
          ? float32(
              tensor.shape,
              tensor.data.map(() => normal()),
            )
          : tensor,
      ]
    }),
  )
  return { ...plan, parameters }
}

const imageOf = (name: string) => {
  const { normal } = random(3, name)
  return Float32Array.from({ length: 3 * size * size }, () => normal())
}
const [image, other] = [imageOf('one'), imageOf('other')]

async function vectorOf(network: Network, input: Float32Array): Promise<Float32Array> {
  const built = buildNetwork(network, { batch: 1 })
  const program = await engine.compile({
    graph: built.graph,
    outputs: { vector: network.head.kind === 'embedding' ? built.output : built.pooled },
    parameters: network.parameters,
  })
  const { vector } = await program.run({ images: float32([1, 3, size, size], input) })
  await program.dispose()
  return floats(vector).slice()
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at], 0)
const cosine = (a: Float32Array, b: Float32Array) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))

async function mapBy(network: Network, method: MapMethod, more = {}) {
  const near = comparedWith(network, 'other.jpg', await vectorOf(network, other))
  const mapper = await openMapper(tools, near, { method, classes: 1, ...more }, 1)
  const [{ maps, predicted }] = await mapper.maps(image, [[-1]])
  await mapper.dispose()
  return { ...maps[0], predicted }
}

const heads: [string, Head][] = [
  ['an embedding with a linear head', { kind: 'embedding', dim: 8 }],
  ['an embedding of pooled features', { kind: 'embedding', dim: 64, pooled: true }],
  ['what the head of a classifier sees', { kind: 'classes', classes: ['a', 'b', 'c'] }],
]

describe.each(heads)('%s', (_, head) => {
  const network = networkOf(head)
  test('the logit is the cosine, and so is the mean of the map', async () => {
    const expected = cosine(await vectorOf(network, image), await vectorOf(network, other))
    const { map, logit, bias } = await mapBy(network, 'cam')
    expect(logit).toBeCloseTo(expected, 5)
    expect(bias).toBe(0)
    expect(map.reduce((sum, value) => sum + value) / map.length).toBeCloseTo(expected, 5)
    expect(Math.max(...map) - Math.min(...map)).toBeGreaterThan(1e-3)
  })
})

describe('an embedding', () => {
  const network = networkOf({ kind: 'embedding', dim: 8 })

  test('integrated gradients sum to what the cosine gains', async () => {
    const vector = await vectorOf(network, other)
    const gain =
      cosine(await vectorOf(network, image), vector) -
      cosine(await vectorOf(network, new Float32Array(image.length)), vector)
    const { map } = await mapBy(network, 'integrated-gradients', { passes: 256 })
    expect(map.reduce((sum, value) => sum + value)).toBeCloseTo(gain, 2)
  })

  test.each(['grad-cam', 'layer-cam', 'occlusion', 'rise'] as const)('%s has a map', async method => {
    const { map } = await mapBy(network, method, method === 'rise' ? { passes: 8 } : {})
    expect(map.every(Number.isFinite)).toBe(true)
    expect(Math.max(...map)).toBeGreaterThan(Math.min(...map))
  })
})

test.runIf(gate)(
  'a transformer’s class token is no mean over places: the exact map is refused, others are made',
  async () => {
    const network = networkOf({ kind: 'embedding', dim: 192, pooled: true }, 'vit_tiny_patch16_224')
    await expect(mapBy(network, 'cam')).rejects.toMatchObject({ code: 'no-linear-head' })
    const { map, height, width } = await mapBy(network, 'layer-cam')
    expect([height, width]).toEqual([2, 2])
    expect(map.every(Number.isFinite)).toBe(true)
  },
)
