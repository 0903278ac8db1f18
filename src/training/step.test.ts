import { expect, test } from 'vitest'
import { random } from '../base/random.ts'
import { imagenetStatistics } from '../data/store.ts'
import { initialParameters, type NetworkPlan, parameterSpecs } from '../nets/network.ts'
import { bindObjective } from '../objectives/objective.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { decodeSafetensors, encodeSafetensors } from '../weights/safetensors.ts'
import { createTrainingStep, type StepPlan, type TrainingStep } from './step.ts'

const engine = await createEngine({ threads: 1 })
const network: NetworkPlan = {
  net: 'small',
  head: { kind: 'embedding', dim: 8 },
  preprocessing: { size: 16, resize: 16, ...imagenetStatistics },
}

test('the length of a plain step is the rate times the norm of the gradient that is logged', async () => {
  const objective = bindObjective(objectiveNamed('epshn'))
  const initial = initialParameters(network, 3)
  const step = await createTrainingStep(
    engine,
    {
      network,
      batch: 8,
      objective,
      optimiser: { name: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
    },
    initial,
  )
  const { normal } = random(3, 'images')
  const images = Float32Array.from({ length: 8 * 3 * 16 * 16 }, () => normal())
  const { statistics } = await step.run(images, [0, 0, 0, 0, 1, 1, 1, 1], 0.01, 0)
  let square = 0
  for (const [name, { trained }] of parameterSpecs(network)) {
    if (!trained) continue
    const before = initial.get(name)!.data as Float32Array
    const after = (await step.state()).get(name)!.data as Float32Array
    for (let i = 0; i < before.length; i++) square += (after[i] - before[i]) ** 2
  }
  expect(statistics.gradientNorm).toBeGreaterThan(0)
  expect(Math.sqrt(square) / (0.01 * statistics.gradientNorm)).toBeCloseTo(1, 3)
  await step.dispose()
})

test.each([
  ['multi-similarity', { memory: 20, memoryFrom: 2, mining: 'informative' }],
  ['soft-triple', { centres: 2, tau: 0.2 }],
] as const)(
  'what %s trains and keeps is in the state: a step that goes on from a file ends with the same bytes',
  async (name, options) => {
    const plan: StepPlan = {
      network,
      batch: 8,
      classes: 3,
      objective: bindObjective(objectiveNamed(name), options),
      optimiser: { name: 'adam', momentum: 0, nesterov: false, weightDecay: 0 },
    }
    const run = async (step: TrainingStep, from: number, to: number) => {
      for (let index = from; index < to; index++) {
        const { normal } = random(index, 'images')
        const images = Float32Array.from({ length: 8 * 3 * 16 * 16 }, () => normal())
        await step.run(images, [0, 0, 0, 1, 1, 1, 2, 2], 0.01, index)
      }
    }
    const bytesOf = async (step: TrainingStep) => Buffer.concat(encodeSafetensors(await step.state()))
    const calm = await createTrainingStep(engine, plan, initialParameters(network, 3))
    await run(calm, 0, 3)
    const { tensors } = decodeSafetensors(await bytesOf(calm), 'checkpoint')
    await run(calm, 3, 5)
    const resumed = await createTrainingStep(engine, plan, tensors)
    await run(resumed, 3, 5)
    expect([...tensors.keys()].some(key => key.startsWith('objective:'))).toBe(true)
    expect((await bytesOf(resumed)).equals(await bytesOf(calm))).toBe(true)
    for (const step of [calm, resumed]) await step.dispose()
  },
)
