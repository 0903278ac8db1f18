/** Updates of low rank: they begin as nothing, their gradient is right, nothing else moves, and merged they are the same network. */
import { describe, expect, test } from 'vitest'
import { differing } from '../../test/differing.ts'
import { gate } from '../../test/thorough.ts'
import { random } from '../base/random.ts'
import { imagenetStatistics } from '../data/store.ts'
import { gradient } from '../graph/gradient.ts'
import type { Value } from '../graph/graph.ts'
import { mul } from '../graph/ops/elementwise.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { float32, floats, sizeOf, type Tensor } from '../graph/tensor.ts'
import { isLora, mergeLora } from '../nets/lora.ts'
import { buildNetwork, buildOutline, initialParameters, type NetworkPlan } from '../nets/network.ts'
import { bindObjective } from '../objectives/objective.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluate } from '../runtime/engine.ts'
import { frozenParameters } from './freezing.ts'
import { createTrainingStep } from './step.ts'

const engine = await createEngine({ threads: 1 })
const lora = { rank: 3, alpha: 6 }
const plan = (net: string): NetworkPlan => ({
  net,
  head: { kind: 'classes', classes: ['a', 'b', 'c'] },
  preprocessing: { size: 32, resize: 32, ...imagenetStatistics },
})
const noise = (shape: readonly number[], name: string, deviation = 1): Tensor<'float32'> => {
  const { normal } = random(0, name)
  return float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => normal(0, deviation)),
  )
}
const images = noise([2, 3, 32, 32], 'images')

const drawn = new Map<string, ReadonlyMap<string, Tensor>>()

/** The parameters of a network; with updates that have learned something, or as they start. */
function parametersOf(net: string, start: 'as it starts' | 'learned'): Map<string, Tensor> {
  const initial = drawn.get(net) ?? initialParameters(plan(net), 1, { lora })
  drawn.set(net, initial)
  const parameters = new Map<string, Tensor>(initial)
  if (start === 'learned')
    for (const [name, { shape }] of parameters)
      if (name.endsWith('.b')) parameters.set(name, noise(shape, name, 0.05))
  return parameters
}

async function outputOf(
  net: string,
  parameters: Map<string, Tensor>,
  adapted: boolean,
): Promise<Float32Array> {
  const { graph, output } = buildNetwork(plan(net), { batch: 2, ...(adapted && { lora }) })
  return floats((await evaluate(engine, { graph, outputs: { output }, parameters }, { images })).output)
}

const worst = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i])))

/** Swin's smallest has five times the parameters. */
const networks = ['vit_tiny_patch16_224', ...(gate ? ['swin_t'] : [])]

describe.each(networks)('%s', net => {
  test('answers at the start as it does without', async () => {
    const parameters = parametersOf(net, 'as it starts')
    expect(await outputOf(net, parameters, true)).toEqual(await outputOf(net, parameters, false))
  })

  test('answers with merged updates as with those beside it, and differently from before', async () => {
    const parameters = parametersOf(net, 'learned')
    const beside = await outputOf(net, parameters, true)
    const merged = mergeLora(parameters, lora, buildOutline(plan(net), { lora }).adapted)
    expect([...merged.keys()]).toEqual([...initialParameters(plan(net), 1).keys()])
    expect(worst(await outputOf(net, merged, false), beside)).toBeLessThan(2e-5)
    expect(worst(await outputOf(net, parameters, false), beside)).toBeGreaterThan(1e-3)
  })

  test('moves nothing but the updates and its head', async () => {
    const parameters = parametersOf(net, 'as it starts')
    const frozen = frozenParameters(plan(net), { lora })
    const step = await createTrainingStep(
      engine,
      {
        network: plan(net),
        batch: 2,
        objective: bindObjective(objectiveNamed('softmax'), { smoothing: 0 }),
        optimiser: { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 1e-3 },
        frozen,
        lora,
      },
      parameters,
    )
    const losses: number[] = []
    for (let index = 0; index < 4; index++)
      losses.push((await step.run(images.data, [0, 2], 0.02, index)).loss)
    expect(losses[3]).toBeLessThan(losses[0])
    const state = await step.state()
    const moved = differing(parameters, state)
    const thin = [...parameters.keys()].filter(isLora)
    expect(moved.filter(name => !/^(head|heads\.head)\./.test(name)).sort()).toEqual(thin.sort())
    expect(moved.length).toBe(thin.length + 2)
    expect([...state.keys()].filter(name => name.startsWith('momentum:')).length).toBe(moved.length)
    await step.dispose()
  })
})

test('the gradient by the thin matrices is that of finite differences', async () => {
  const net = 'vit_tiny_patch16_224'
  const { graph, output } = buildNetwork(plan(net), { batch: 2, lora })
  const loss = reduceSum(mul(output, graph.constant(noise(output.shape, 'weights'))))
  const parameters = parametersOf(net, 'learned')
  const thin = [...parameters.keys()].filter(name => isLora(name) && /layer_0|blocks\.0\./.test(name))
  expect(thin.map(name => name.replace(/.*\.lora\./, ''))).toEqual([
    'query.a',
    'query.b',
    'value.a',
    'value.b',
  ])
  const values = thin.map((name): Value => graph.parameters.get(name)!)
  const gradients = gradient(loss, values)
  const fixed = new Map([...parameters].filter(([name]) => !thin.includes(name)))
  const outputs: Record<string, Value> = {
    loss,
    ...Object.fromEntries(gradients.map((value, index) => [`g${index}`, value])),
  }
  const program = await engine.compile({ graph, outputs, parameters: fixed })
  const at = (name?: string, along?: Float32Array, distance = 0) =>
    program.run({
      images,
      ...Object.fromEntries(
        thin.map(each => {
          const { shape, data } = parameters.get(each) as Tensor<'float32'>
          const moved = each === name ? data.map((value, i) => value + distance * along![i]) : data
          return [each, float32(shape, moved)]
        }),
      ),
    })
  const found = await at()
  for (const [index, name] of thin.entries()) {
    const own = floats(found[`g${index}`])
    // Along the gradient, where the difference is largest.
    const length = Math.hypot(...own)
    const along = own.map(value => value / length)
    const distance = 0.05
    const [up, down] = [await at(name, along, distance), await at(name, along, -distance)]
    const slope = (floats(up.loss)[0] - floats(down.loss)[0]) / (2 * distance)
    expect(slope / length, name).toBeCloseTo(1, 2)
  }
  await program.dispose()
})

describe('what stays as it is', () => {
  test('is refused where a network has no attention', () => {
    expect(() => frozenParameters(plan('resnet18'), { lora })).toThrow(
      expect.objectContaining({ code: 'no-attention', path: ['options', 'lora'] }),
    )
  })

  test('is also all up to a layer; and refused where no attention would be left', () => {
    const net = 'vit_tiny_patch16_224'
    const names = [...initialParameters(plan(net), 0, { lora }).keys()]
    const open = (freeze: string) => {
      const frozen = frozenParameters(plan(net), { lora, freeze })
      return names.filter(name => !frozen.has(name) && isLora(name)).length
    }
    expect(open('block10')).toBe(2 * 4)
    expect(() => open('pool')).toThrow(expect.objectContaining({ code: 'all-frozen' }))
  })
})
