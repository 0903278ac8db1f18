import { expect, test } from 'vitest'
import { random } from '../base/random.ts'
import { imagenetStatistics } from '../data/store.ts'
import { initialParameters, type NetworkPlan, parameterSpecs } from '../nets/network.ts'
import { bindObjective } from '../objectives/objective.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { createTrainingStep } from './step.ts'

test('the length of a plain step is the rate times the norm of the gradient that is logged', async () => {
  const network: NetworkPlan = {
    net: 'small',
    head: { kind: 'embedding', dim: 8 },
    preprocessing: { size: 16, resize: 16, ...imagenetStatistics },
  }
  const objective = bindObjective(objectiveNamed('epshn'))
  const initial = initialParameters(network, 3)
  const step = await createTrainingStep(
    await createEngine({ threads: 1 }),
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
    const after = step.state().get(name)!.data as Float32Array
    for (let i = 0; i < before.length; i++) square += (after[i] - before[i]) ** 2
  }
  expect(statistics.gradientNorm).toBeGreaterThan(0)
  expect(Math.sqrt(square) / (0.01 * statistics.gradientNorm)).toBeCloseTo(1, 3)
  await step.dispose()
})
