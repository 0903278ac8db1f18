import { describe, expect, test } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { buildNetwork, initialParameters, type Network, type NetworkPlan } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { evaluate } from '../../runtime/engine.ts'
import { activationMaps } from './compute.ts'
import { byItself, comparedWith } from './near.ts'

const engine = await createEngine()
const size = 48

const networkNamed = (net: string): Network => {
  const plan: NetworkPlan = {
    net,
    head: { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
    preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
  }
  return { ...plan, parameters: initialParameters(plan, 1) }
}
const images = Float32Array.from({ length: 2 * 3 * size * size }, (_, k) => Math.sin(k))

/** Weights of every block, (2, 3 heads, 10 tokens, 10 tokens). */
async function attentionsOf(network: Network): Promise<Float32Array[]> {
  const { graph } = buildNetwork(network, { batch: 2 })
  const layers = [...graph.layers].filter(([name]) => name.endsWith('.attention'))
  const program = await engine.compile({
    graph,
    outputs: Object.fromEntries(layers),
    parameters: network.parameters,
  })
  const result = await program.run({ images: float32([2, 3, size, size], images) })
  const found = layers.map(([name]) => floats(result[name]).slice())
  await program.dispose()
  return found
}

/** By loops, from the first block to the last, as the paper writes it: the class token's row of the whole product. */
function rolledOut(attentions: readonly Float32Array[], image: number): number[] {
  const [heads, tokens] = [3, 10]
  const at = (a: Float32Array, head: number, i: number, j: number) =>
    a[((image * heads + head) * tokens + i) * tokens + j]
  let product = Array.from({ length: tokens }, (_, i) => Array.from({ length: tokens }, (_, j) => +(i === j)))
  for (const a of attentions) {
    const mixed = Array.from({ length: tokens }, (_, i) =>
      Array.from({ length: tokens }, (_, j) => {
        const mean = [0, 1, 2].reduce((sum, head) => sum + at(a, head, i, j), 0) / heads
        return 0.5 * mean + 0.5 * +(i === j)
      }),
    )
    product = mixed.map(row =>
      Array.from({ length: tokens }, (_, j) => row.reduce((sum, value, k) => sum + value * product[k][j], 0)),
    )
  }
  return product[0].slice(1)
}

describe('attention roll-out', () => {
  const network = networkNamed('vit_tiny_patch16_224')

  test.each([
    [undefined, 12],
    ['block5', 5],
  ])(
    'up to %s is the product of the blocks’ mixed attention, as the class token sees it',
    async (layer, blocks) => {
      const attentions = (await attentionsOf(network)).slice(0, blocks)
      expect(attentions).toHaveLength(blocks)
      const maps = await activationMaps(engine, network, images, { method: 'attention-rollout', layer })
      expect(maps).toHaveLength(2)
      for (const [image, { map, height, width }] of maps.entries()) {
        expect([height, width]).toEqual([3, 3])
        for (const [cell, value] of rolledOut(attentions, image).entries())
          expect(map[cell]).toBeCloseTo(value, 6)
      }
      // No image’s is the other’s.
      expect(maps[0].map).not.toEqual(maps[1].map)
    },
  )

  test.runIf(gate)(
    'is of an embedding what it is of a classifier, by itself and near another image',
    async () => {
      const { preprocessing, parameters, net } = network
      const embedding: Network = {
        net,
        preprocessing,
        parameters,
        head: { kind: 'embedding', dim: 192, pooled: true },
      }
      const ask = (asked: Network) => activationMaps(engine, asked, images, { method: 'attention-rollout' })
      const [ofClasses, alone] = [await ask(network), await ask(byItself(embedding))]
      const near = await ask(comparedWith(embedding, 'other.jpg', new Float32Array(192).fill(1)))
      for (const [image, { map }] of ofClasses.entries())
        for (const other of [alone, near])
          for (const [cell, value] of map.entries()) expect(other[image].map[cell]).toBeCloseTo(value, 6)
      const { graph, pooled } = buildNetwork(embedding, { batch: 2 })
      const vectors = { graph, outputs: { pooled }, parameters }
      const found = floats(
        (await evaluate(engine, vectors, { images: float32([2, 3, size, size], images) })).pooled,
      )
      expect(alone[0].logit).toBeCloseTo(Math.hypot(...found.subarray(0, 192)), 3)
    },
  )

  test('is refused by a network without attention', async () => {
    const ask = (net: string) =>
      activationMaps(engine, networkNamed(net), images, { method: 'attention-rollout' })
    await expect(ask('small')).rejects.toMatchObject({ code: 'no-attention' })
  })
})
