/**
 * Which weights make queries and values in models that PyTorch exported, with query, key and value in the ways that
 * libraries write them; and that updates of low rank beside these weights train and merge.
 */
import { describe, expect, test } from 'vitest'
import { differing } from '../../test/differing.ts'
import { random } from '../base/random.ts'
import { float32, floats, sizeOf, type Tensor } from '../graph/tensor.ts'
import type { AdaptedWeight } from '../nets/building.ts'
import { isLora, mergeLora } from '../nets/lora.ts'
import { buildNetwork, buildOutline, initialParameters, type Network } from '../nets/network.ts'
import { bindObjective } from '../objectives/objective.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluate } from '../runtime/engine.ts'
import { frozenParameters } from '../training/freezing.ts'
import { createTrainingStep } from '../training/step.ts'
import { openModel } from './open-model.node.ts'

const engine = await createEngine({ threads: 1 })
const lora = { rank: 2, alpha: 6 }
const open = async (name: string): Promise<Network> =>
  (await openModel(new URL(`../../test/fixtures/onnx/${name}.onnx`, import.meta.url).pathname)).network

const noise = (shape: readonly number[], name: string, deviation = 1): Tensor<'float32'> => {
  const { normal } = random(0, name)
  return float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => normal(0, deviation)),
  )
}
const images = noise([2, 3, 32, 32], 'images')

/** `query 0-15 of 48`: rows as ranges, of all that the weight has. */
function said({ part, rows, weight, transposed }: AdaptedWeight, network: Network): string {
  const { shape } = network.parameters.get(weight)!
  const ranges: [number, number][] = []
  for (const row of rows) {
    const last = ranges.at(-1)
    if (last && last[1] === row - 1) last[1] = row
    else ranges.push([row, row])
  }
  return `${part} ${ranges.map(range => range.join('-')).join(' ')} of ${shape[transposed ? 1 : 0]}`
}

const foundIn = async (name: string) => {
  const network = await open(name)
  return buildOutline(network, { lora }).adapted!.map(place => said(place, network))
}

describe('the rows of the weights that make queries and values', () => {
  test('are those of a joint weight that is cut by thirds, as torchvision does', async () => {
    expect(await foundIn('vit')).toEqual([
      'query 0-15 of 48',
      'value 32-47 of 48',
      'query 0-15 of 48',
      'value 32-47 of 48',
    ])
  })

  test('are those of an axis of their own, of three weights, and of every head’s own third', async () => {
    expect((await foundIn('attentions')).sort()).toEqual([
      'query 0-11 of 12',
      'query 0-11 of 36',
      'query 0-3 12-15 24-27 of 36',
      'value 0-11 of 12',
      'value 24-35 of 36',
      'value 8-11 20-23 32-35 of 36',
    ])
  })

  test('are refused by name where a model has no attention', async () => {
    const network = await open('convnext')
    expect(() => frozenParameters(network, { lora })).toThrow(
      expect.objectContaining({
        code: 'no-attention',
        path: ['options', 'lora'],
        message: expect.stringContaining('convnext.onnx has no attention'),
      }),
    )
  })
})

/** With a new head, as training has it. */
async function forTraining(name: string): Promise<Network> {
  const network = await open(name)
  const foreign = { ...network.foreign!, newHead: true }
  const plan = { ...network, foreign, head: { kind: 'classes', classes: ['a', 'b', 'c'] } } as const
  return { ...plan, parameters: new Map([...initialParameters(plan, 1), ...known(network)]) }
}

/** Parameters that the network with a new head still has. */
const known = ({ parameters }: Network) => [...parameters].filter(([name]) => !/^head/.test(name))

describe.each(['vit', 'attentions'])('updates of low rank in %s', name => {
  const parametersOf = (network: Network, start: 'as it starts' | 'learned') => {
    const thin = [...initialParameters(network, 1, { lora })].filter(([each]) => isLora(each))
    const drawn = thin.map(([each, tensor]): [string, Tensor] => [
      each,
      start === 'learned' && each.endsWith('.b') ? noise(tensor.shape, each, 0.3) : tensor,
    ])
    return new Map<string, Tensor>([...network.parameters, ...drawn])
  }
  const outputOf = async (
    network: Network,
    parameters: ReadonlyMap<string, Tensor>,
    asked: { lora?: typeof lora } = {},
  ) => {
    const { graph, output } = buildNetwork(network, { batch: 2, ...asked })
    return floats((await evaluate(engine, { graph, outputs: { output }, parameters }, { images })).output)
  }
  const worst = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i])))

  test('begin as nothing; merged they are the same network, which answers differently', async () => {
    const network = await forTraining(name)
    const before = await outputOf(network, network.parameters)
    expect(await outputOf(network, parametersOf(network, 'as it starts'), { lora })).toEqual(before)
    const parameters = parametersOf(network, 'learned')
    const beside = await outputOf(network, parameters, { lora })
    const merged = mergeLora(parameters, lora, buildOutline(network, { lora }).adapted)
    expect([...merged.keys()]).toEqual([...network.parameters.keys()])
    expect(worst(await outputOf(network, merged), beside)).toBeLessThan(1e-5)
    expect(worst(beside, before)).toBeGreaterThan(1e-2)
  })

  test('learn, and nothing else does but the head', async () => {
    const network = await forTraining(name)
    const parameters = parametersOf(network, 'as it starts')
    const step = await createTrainingStep(
      engine,
      {
        network,
        batch: 2,
        objective: bindObjective(objectiveNamed('softmax'), { smoothing: 0 }),
        optimiser: { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 1e-3 },
        frozen: frozenParameters(network, { lora }),
        lora,
      },
      parameters,
    )
    const losses: number[] = []
    for (let index = 0; index < 4; index++)
      losses.push((await step.run(images.data, [0, 2], 0.05, index)).loss)
    expect(losses[3]).toBeLessThan(losses[0])
    const thin = [...parameters.keys()].filter(isLora)
    expect(thin.length).toBeGreaterThan(0)
    expect(differing(parameters, await step.state()).sort()).toEqual(
      [...thin, 'new_head.bias', 'new_head.weight'].sort(),
    )
    await step.dispose()
  })
})
