/** Whole networks against PyTorch and torchvision: fixtures/networks.json, recorded by oracles/networks.py. */
import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { gradient } from '../src/graph/gradient.ts'
import { Graph } from '../src/graph/graph.ts'
import { gather, reshape } from '../src/graph/ops/layout.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { float32, int64, type Tensor } from '../src/graph/tensor.ts'
import { activationMaps } from '../src/lenses/cam/compute.ts'
import { buildNetwork, type Network, type NetworkPlan } from '../src/nets/network.ts'
import { bindObjective } from '../src/objectives/objective.ts'
import { objectiveNamed } from '../src/objectives/registry.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate, type Tensors } from '../src/runtime/engine.ts'
import {
  biasCorrections,
  type OptimiserName,
  type OptimiserOptions,
  slotsOf,
  updateParameter,
} from '../src/training/optimiser.ts'
import { scheduleNamed } from '../src/training/schedule.ts'
import { createTrainingStep } from '../src/training/step.ts'
import { fill, fillNetwork } from './fill.ts'
import { gate, thorough } from './thorough.ts'

type Options = Record<string, number | boolean>

interface Recorded {
  forward: {
    net: string
    size: number
    logits: number[]
    norm: number
    gradient: number[]
    gradientNorm: number
  }[]
  steps: {
    smoothing: number
    options: Options
    losses: number[]
    after: Record<string, number[]>
  }[]
  optimisers: { optimiser: OptimiserName; options: Options; after: number[] }[]
  cam: { class: number; size: number; logits: number[]; cam: number[]; gradCam: number[] }
  oneCycle: number[]
}

const recorded: Recorded = JSON.parse(
  readFileSync(new URL('fixtures/networks.json', import.meta.url), 'utf8'),
)
const engine = await createEngine()

const plan = (net: string, size: number, classes: number): NetworkPlan => ({
  net,
  head: { kind: 'classes', classes: Array.from({ length: classes }, (_, i) => `class ${i}`) },
  preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
})

/** The entries that the oracle recorded: every (n / 24)-th, at most 24. */
const some = ({ data }: Tensor): number[] => {
  const stride = Math.max(1, Math.floor(data.length / 24))
  return Array.from({ length: Math.min(24, Math.ceil(data.length / stride)) }, (_, i) =>
    Number(data[i * stride]),
  )
}
const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0))

/** Largest difference, relative to the largest entry. */
function relativeDifference(ours: readonly number[], theirs: readonly number[]): number {
  expect(ours).toHaveLength(theirs.length)
  const scale = Math.max(...theirs.map(Math.abs))
  return Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]))) / scale
}

/** Of each kind of unit one network is always tried; stages.test.ts has the resnet18. */
const always = new Set(['resnet50', 'mobilenet_v2', 'inception_v3', 'resnet18v2'])
const tried = recorded.forward.filter(
  ({ net }) => thorough || (always.has(net) && (gate || net === 'mobilenet_v2')),
)

describe('forward pass and input gradient agree with PyTorch', () => {
  test.each(tried)('$net at $size pixels', async reference => {
    const network = plan(reference.net, reference.size, 1000)
    const built = buildNetwork(network, { batch: 2 })
    const { graph, output, images } = built
    const one = gather(reshape(output, [2000]), graph.constant(int64([1], [7])))
    const [slope] = gradient(reduceSum(one), [images])
    const result = await evaluate(
      engine,
      { graph, outputs: { logits: output, slope }, parameters: fillNetwork(network) },
      { images: fill('images', [2, 3, reference.size, reference.size], Math.sqrt(12)) },
    )
    expect(relativeDifference(some(result.logits), reference.logits)).toBeLessThan(1e-4)
    expect(norm(result.logits.data as Float32Array) / reference.norm).toBeCloseTo(1, 4)
    expect(relativeDifference(some(result.slope), reference.gradient)).toBeLessThan(1e-3)
    expect(norm(result.slope.data as Float32Array) / reference.gradientNorm).toBeCloseTo(1, 3)
  })
})

/** With larger images and batches than those of training.test.ts. */
describe.skipIf(!thorough)('five training steps of a ResNet18 at 96 pixels agree with PyTorch', () => {
  test.each(recorded.steps)(
    'smoothing $smoothing, $options',
    async ({ smoothing, options, losses, after }) => {
      const network = plan('resnet18', 96, 12)
      const optimiser = {
        name: 'sgd' as const,
        momentum: Number(options.momentum),
        nesterov: options.nesterov === true,
        weightDecay: Number(options.weight_decay),
      }
      const step = await createTrainingStep(
        engine,
        {
          network,
          batch: 16,
          objective: bindObjective(objectiveNamed('softmax'), { smoothing }),
          optimiser,
        },
        fillNetwork(network),
      )
      const labels = Array.from({ length: 16 }, (_, i) => i % 12)
      for (let index = 0; index < 5; index++) {
        const { loss } = await step.run(
          fill(`batch${index}`, [16, 3, 96, 96], Math.sqrt(12)).data,
          labels,
          Number(options.lr),
          index,
        )
        expect(
          Math.abs(loss / losses[index] - 1),
          `loss of step ${index}: ${loss} against ${losses[index]}`,
        ).toBeLessThan(1e-3)
      }
      const state = await step.state()
      for (const [name, theirs] of Object.entries(after))
        expect(relativeDifference(some(state.get(name)!), theirs), name).toBeLessThan(1e-3)
      await step.dispose()
    },
  )
})

describe('an optimiser agrees with PyTorch after five steps', () => {
  test.each(recorded.optimisers)('$optimiser, $options', async ({ optimiser, options, after }) => {
    const plan: OptimiserOptions = {
      name: optimiser,
      momentum: Number(options.momentum ?? 0),
      nesterov: options.nesterov === true,
      weightDecay: Number(options.weight_decay ?? 0),
    }
    const graph = new Graph()
    const scalar = (name: string) => graph.input(name, [])
    const scalars = {
      rate: scalar('rate'),
      correction1: scalar('correction1'),
      correction2: scalar('correction2'),
    }
    const slots = Object.fromEntries(slotsOf(plan).map(slot => [slot, graph.input(slot, [6])]))
    const update = updateParameter(
      plan,
      graph.input('parameter', [6]),
      graph.input('gradient', [6]),
      slots,
      scalars,
    )
    const next = Object.entries({ ...update.state, parameter: update.parameter }).map(([name, value]) => [
      `next:${name}`,
      value,
    ])
    const program = await engine.compile({ graph, outputs: Object.fromEntries(next) })
    let state: Tensors = {
      parameter: fill('parameter', [6]),
      ...Object.fromEntries(slotsOf(plan).map(slot => [slot, float32([6], new Float32Array(6))])),
    }
    for (let index = 0; index < 5; index++) {
      const [correction1, correction2] = biasCorrections(index).map(value => float32([], [value]))
      const results = await program.run({
        ...state,
        gradient: fill(`gradient${index}`, [6], 4),
        rate: float32([], [Number(options.lr)]),
        correction1,
        correction2,
      })
      state = Object.fromEntries(
        Object.entries(results).map(([name, value]) => [name.slice('next:'.length), value]),
      )
    }
    expect(relativeDifference([...(state.parameter.data as Float32Array)], after)).toBeLessThan(1e-6)
  })
})

describe('class activation maps', () => {
  const filled = (net: string, size: number): Network => {
    const network = plan(net, size, 12)
    return { ...network, parameters: fillNetwork(network) }
  }
  const imagesOf = (size: number) => fill('images', [2, 3, size, size], Math.sqrt(12)).data
  const small = filled('small', 64)
  const images = imagesOf(64)
  const maps = (method: 'cam' | 'grad-cam') =>
    activationMaps(engine, small, images, { method, classIndex: recorded.cam.class })

  it('agree with PyTorch', async () => {
    const { size } = recorded.cam
    const network = filled('resnet18', size)
    const maps = (method: 'cam' | 'grad-cam') =>
      activationMaps(engine, network, imagesOf(size), { method, classIndex: recorded.cam.class })
    const cam = await maps('cam')
    expect(
      relativeDifference(
        cam.flatMap(({ map }) => [...map]),
        recorded.cam.cam,
      ),
    ).toBeLessThan(1e-4)
    expect(
      relativeDifference(
        cam.map(({ logit }) => logit),
        recorded.cam.logits,
      ),
    ).toBeLessThan(1e-4)
    const gradCam = await maps('grad-cam')
    expect(
      relativeDifference(
        gradCam.flatMap(({ map }) => [...map]),
        recorded.cam.gradCam,
      ),
    ).toBeLessThan(1e-4)
  })

  it('have a mean that makes the logit with the bias', async () => {
    for (const { map, logit, bias } of await maps('cam')) {
      const mean = map.reduce((sum, value) => sum + value, 0) / map.length
      expect((mean + bias) / logit).toBeCloseTo(1, 5)
    }
  })

  it('are Grad-CAM on the last maps, rectified and divided by the number of places', async () => {
    const cam = await maps('cam')
    const gradCam = await maps('grad-cam')
    cam.forEach(({ map }, index) => {
      const places = map.length
      const expected = [...map].map(value => Math.max(0, value) / places)
      expect(relativeDifference([...gradCam[index].map], expected)).toBeLessThan(1e-5)
    })
  })

  it('explain the predicted class unless another is asked for', async () => {
    const [first] = await activationMaps(engine, small, images, { method: 'cam' })
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, classIndex) =>
        activationMaps(engine, small, images, { method: 'cam', classIndex }),
      ),
    )
    expect(first.logit).toBe(Math.max(...all.map(([{ logit }]) => logit)))
  })
})

it('the one-cycle schedule is PyTorch’s', () => {
  const schedule = scheduleNamed('one-cycle')
  recorded.oneCycle.forEach((rate, step) => {
    expect(0.1 * schedule(step, 100)).toBeCloseTo(rate, 10)
  })
})
