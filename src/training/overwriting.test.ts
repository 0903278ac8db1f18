/** A training step that overwrites its parameters gives the same bytes as one that does not. */
import { expect, test } from 'vitest'
import { gate } from '../../test/thorough.ts'
import { mapValues } from '../base/map-values.ts'
import { random } from '../base/random.ts'
import { imagenetStatistics } from '../data/store.ts'
import { type Tensor, typedTensor } from '../graph/tensor.ts'
import { initialParameters, type NetworkPlan } from '../nets/network.ts'
import { bindObjective } from '../objectives/objective.ts'
import { objectiveNamed, objectives } from '../objectives/registry.ts'
import { createEngine } from '../runtime/engine.node.ts'
import type { Engine } from '../runtime/engine.ts'
import { overwritable } from '../runtime/overwriting.ts'
import { createTrainingStep, type StepPlan, stepRequest } from './step.ts'

const engine = await createEngine({ threads: 1 })

/** Programs of this engine read copies of what they are fed, so that nothing can be overwritten while it is read. */
const reading: Engine = {
  ...engine,
  async compile(request) {
    const program = await engine.compile(request)
    return {
      run: (feeds, into) =>
        program.run(
          mapValues(feeds, ({ dtype, shape, data }) => typedTensor(dtype, shape, data.slice())),
          into,
        ),
      dispose: () => program.dispose(),
    }
  },
}

const preprocessing = { size: 32, resize: 32, ...imagenetStatistics }
const embedding: NetworkPlan = { net: 'small', head: { kind: 'embedding', dim: 8 }, preprocessing }
const classifier = (net: string): NetworkPlan => ({
  net,
  head: { kind: 'classes', classes: ['a', 'b', 'c', 'd'] },
  preprocessing,
})
const sgd = { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 5e-4 } as const
const adamw = { ...sgd, name: 'adamw' } as const
const softmax = bindObjective(objectiveNamed('softmax'))
type Part = Partial<StepPlan> & Pick<StepPlan, 'network' | 'objective'>
const byObjective = [...objectives.keys()].map((name): [string, Part] => [
  name,
  {
    network: name === 'softmax' ? classifier('small') : embedding,
    objective: bindObjective(objectiveNamed(name)),
  },
])
const attention: [string, Part] = [
  'attention',
  { network: classifier('vit_tiny_patch16_224'), objective: softmax, optimiser: adamw },
]
const plans: [name: string, plan: Part][] = [
  ...(gate ? byObjective : byObjective.slice(0, 2)),
  [
    'a memory across batches',
    { network: embedding, objective: bindObjective(objectiveNamed('contrastive'), { memory: 20 }) },
  ],
  ['adam', { network: classifier('small'), objective: softmax, optimiser: { ...sgd, name: 'adam' } }],
  [
    'adamw, with a running mean',
    { network: classifier('small'), objective: softmax, optimiser: adamw, ema: 0.99 },
  ],
  ['batch normalisation and residuals', { network: classifier('cifar-resnet20'), objective: softmax }],
  ...(gate ? [attention] : []),
]

test.each(plans)('%s: steps that overwrite give the same bytes', async (_, plan) => {
  const whole: StepPlan = { batch: 8, classes: 4, optimiser: sgd, ...plan }
  const { normal } = random(1, 'images')
  const images = Float32Array.from({ length: 8 * 3 * 32 * 32 }, () => normal())
  const after = async (engine: Engine) => {
    const step = await createTrainingStep(engine, whole, initialParameters(whole.network, 1))
    await step.rehearse(images, [0, 0, 1, 1, 2, 2, 3, 3])
    const results: unknown[] = []
    for (let index = 0; index < 3; index++)
      results.push(await step.run(images, [0, 0, 1, 1, 2, 2, 3, 3], 0.01, index))
    const state = await step.state()
    await step.dispose()
    return { results, state }
  }
  const [own, separate] = [await after(engine), await after(reading)]
  expect(own.results).toEqual(separate.results)
  expect([...own.state.keys()]).toEqual([...separate.state.keys()])
  const bytes = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  for (const [name, tensor] of separate.state)
    expect(bytes(own.state.get(name)!).equals(bytes(tensor)), name).toBe(true)
  const request = stepRequest(whole)
  const names = [...request.graph.parameters.keys()].filter(name => `next:${name}` in request.outputs)
  const may = overwritable(request, name => `next:${name}`)
  const weights = names.filter(
    name => request.graph.parameters.get(name)!.shape.length > 1 && !name.startsWith('objective:'),
  )
  expect(
    weights.filter(name => !may.has(name)),
    'weights that need a second array',
  ).toEqual([])
})
