import { describe, expect, it, test } from 'vitest'
import { differing } from '../../test/differing.ts'
import { random } from '../base/random.ts'
import { centreCrop, plantAugmentation } from '../data/augment.ts'
import { imagenetStatistics } from '../data/store.ts'
import type { Tensor } from '../graph/tensor.ts'
import { forward } from '../models/forward.ts'
import { initialParameters, type NetworkPlan, parameterSpecs } from '../nets/network.ts'
import { bindObjective } from '../objectives/objective.ts'
import { objectiveNamed } from '../objectives/registry.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { fixedLayer, frozenParameters } from './freezing.ts'
import { createTrainingStep, type StepPlan } from './step.ts'

const plan = (net: string, size = 32): NetworkPlan => ({
  net,
  head: { kind: 'classes', classes: ['a', 'b', 'c'] },
  preprocessing: { size, resize: size, ...imagenetStatistics },
})

describe('what is frozen', () => {
  const within = (names: Iterable<string>, prefix: RegExp) => [...names].filter(name => prefix.test(name))

  it('is everything that the layer depends on, and nothing else', () => {
    const all = [...parameterSpecs(plan('resnet18')).keys()]
    const frozen = frozenParameters(plan('resnet18'), { freeze: 'stage2' })
    expect([...frozen].sort()).toEqual(within(all, /^(conv1|bn1|layer1|layer2)\./).sort())
    expect(frozen.has('layer2.1.bn2.running_var')).toBe(true)
  })

  it('is the whole trunk up to `pool`', () => {
    const all = [...parameterSpecs(plan('googlenet')).keys()]
    const open = all.filter(name => !frozenParameters(plan('googlenet'), { freeze: 'pool' }).has(name))
    expect(open).toEqual(['loss3/classifier.weight', 'loss3/classifier.bias'])
  })

  it('can be the batch normalisations alone', () => {
    const frozen = frozenParameters(plan('resnet18'), { freezeNorms: true })
    const norms = within(parameterSpecs(plan('resnet18')).keys(), /bn\d\.|downsample\.1\./)
    expect([...frozen].sort()).toEqual(norms.sort())
  })

  it('leaves something to train, and is up to a layer that is there', () => {
    expect(() => frozenParameters(plan('resnet18'), { freeze: 'logits' })).toThrow(
      expect.objectContaining({ code: 'all-frozen' }),
    )
    expect(() => frozenParameters(plan('resnet18'), { freeze: 'stage9' })).toThrow(
      expect.objectContaining({ code: 'unknown-layer', path: ['options', 'freeze'] }),
    )
  })
})

test('a layer gives the same in every epoch where the images are the same and no path leads around it', () => {
  const of = (freeze: string, augmentation = centreCrop(32)) =>
    fixedLayer(plan('googlenet'), { freeze, augmentation })
  expect(of('inception_4c/output')).toBe('inception_4c/output')
  expect(of('inception_4c/3x3')).toBeUndefined()
  expect(of('inception_4c/output', plantAugmentation(32))).toBeUndefined()
})

describe('a step of a network that is frozen up to a layer', async () => {
  const network = plan('small')
  const initial = initialParameters(network, 3)
  const engine = await createEngine({ threads: 1 })
  const objective = bindObjective(objectiveNamed('softmax'))
  const stream = random(3, 'images')
  const images = Float32Array.from({ length: 4 * 3 * 32 * 32 }, () => stream.normal())
  const labels = [0, 1, 2, 0]

  async function oneStep(given: Float32Array, options: Partial<StepPlan>) {
    const step = await createTrainingStep(
      engine,
      {
        network,
        batch: 4,
        objective,
        optimiser: { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
        ...options,
      },
      initial,
    )
    const { loss } = await step.run(given, labels, 0.1, 0)
    const state = new Map(await step.state())
    await step.dispose()
    return { loss, state }
  }
  const moved = (state: ReadonlyMap<string, Tensor>) => differing(initial, state)

  it('changes what comes after the layer, to the running statistics, and not a bit before', async () => {
    const frozen = frozenParameters(network, { freeze: 'stage3' })
    const { state } = await oneStep(images, { frozen })
    expect(moved(state)).toEqual([...initial.keys()].filter(name => /^(stage4|fc)\./.test(name)))
  })

  it('leaves statistics and scales of all normalisations where those are frozen', async () => {
    const { state } = await oneStep(images, { frozen: frozenParameters(network, { freezeNorms: true }) })
    expect(moved(state)).toEqual([...initial.keys()].filter(name => !/norm/.test(name)))
  })

  it('is the same from the layer’s features as from the images', async () => {
    const frozen = frozenParameters(network, { freeze: 'stage3' })
    const fill = (index: number, target: Float32Array, offset: number) =>
      target.set(images.subarray(index * 3072, (index + 1) * 3072), offset)
    const whole = { ...network, parameters: initial }
    const { features } = await forward(engine, whole, 4, fill, ({ graph }) => ({
      features: graph.layers.get('stage3')!,
    }))
    const [long, short] = [
      await oneStep(images, { frozen }),
      await oneStep(features, { frozen, from: 'stage3' }),
    ]
    expect(short.loss).toBeCloseTo(long.loss, 5)
    expect(moved(short.state)).toEqual(moved(long.state))
    const head = (state: typeof long.state) => Array.from(state.get('fc.weight')!.data as Float32Array)
    const difference = head(long.state).map((value, i) => Math.abs(value - head(short.state)[i]))
    expect(Math.max(...difference)).toBeLessThan(1e-5)

    const fromFeatures = await forward(
      engine,
      whole,
      4,
      (index, target, offset) =>
        target.set(
          features.subarray((index * features.length) / 4, ((index + 1) * features.length) / 4),
          offset,
        ),
      ({ output }) => ({ output }),
      { from: 'stage3', batch: 3 },
    )
    const fromPictures = await forward(engine, whole, 4, fill, ({ output }) => ({ output }))
    fromPictures.output.forEach((value, i) => {
      expect(fromFeatures.output[i]).toBeCloseTo(value, 4)
    })
  })
})
