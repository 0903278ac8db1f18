/** Options of training against PyTorch and torchvision: fixtures/training-options.json, by oracles/training_options.py. */
import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { adjustSharpness, autoContrast, equalize, posterize, solarize } from '../src/data/rand-augment.ts'
import { gradient } from '../src/graph/gradient.ts'
import { Graph } from '../src/graph/graph.ts'
import { float32, floats, int64 } from '../src/graph/tensor.ts'
import type { NetworkPlan } from '../src/nets/network.ts'
import { bindObjective } from '../src/objectives/objective.ts'
import { softmax } from '../src/objectives/softmax.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import type { Tensors } from '../src/runtime/engine.ts'
import { biasCorrections, updateParameter } from '../src/training/optimiser.ts'
import { scheduleNamed } from '../src/training/schedule.ts'
import { createTrainingStep, keptParameter, type StepPlan } from '../src/training/step.ts'
import { fill, fillNetwork } from './fill.ts'
import type { Summary } from './summary.ts'
import { gate } from './thorough.ts'

interface LossCase {
  smoothing: number
  focal: number
  weighted: boolean
  share: number
  loss: number
  gradient: number[]
}

const recorded: {
  losses: LossCase[]
  steps: Record<'ema' | 'decayNorms', { after: Record<string, Summary>; spread: Record<string, number> }>
  betas: number[]
  schedules: Record<'oneCycle' | 'steps', number[]>
  operations: Record<string, number[]>
} = JSON.parse(readFileSync(new URL('fixtures/training-options.json', import.meta.url), 'utf8'))
const engine = await createEngine()

describe('the loss of a classifier and its gradient', () => {
  test.each(recorded.losses)(
    'smoothing $smoothing, focal $focal, weights $weighted, share $share',
    async ({ smoothing, focal, weighted, share, ...truth }) => {
      const classWeights = weighted ? [0.5, 2, 1, 0.25, 3] : undefined
      const graph = new Graph()
      const output = graph.input('logits', [6, 5])
      const labels = graph.input('labels', [6], 'int64')
      const mixed =
        share === 1
          ? undefined
          : { labels: graph.input('others', [6], 'int64'), share: graph.input('share', []) }
      const objective = bindObjective(softmax, { smoothing, focal, classWeights })
      const { loss } = objective.build({ output, labels, mixed })
      const [slope] = gradient(loss, [output])
      const program = await engine.compile({ graph, outputs: { loss, slope } })
      const results = await program.run({
        logits: fill('logits', [6, 5], 6),
        labels: int64([6], [0, 1, 2, 3, 4, 4]),
        ...(mixed && { others: int64([6], [4, 0, 1, 2, 3, 4]), share: float32([], [share]) }),
      })
      await program.dispose()
      expect(floats(results.loss)[0]).toBeCloseTo(truth.loss, 5)
      floats(results.slope).forEach((value, i) => {
        expect(value).toBeCloseTo(truth.gradient[i], 5)
      })
    },
  )
})

const network: NetworkPlan = {
  net: 'resnet18',
  head: { kind: 'classes', classes: Array.from({ length: 12 }, (_, i) => `class ${i}`) },
  preprocessing: { size: 64, resize: 64, mean: [0, 0, 0], deviation: [1, 1, 1] },
}
const sgd = { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0.1 } as const

describe('five steps', () => {
  const cases: [keyof typeof recorded.steps, number, Partial<StepPlan> & Pick<StepPlan, 'optimiser'>][] = [
    ['ema', 0.002, { optimiser: sgd, ema: 0.3 }],
    ['decayNorms', 0.002, { optimiser: { ...sgd, decayNorms: false } }],
  ]
  test.runIf(gate).each(cases)('with %s end where PyTorch ends', async (name, rate, options) => {
    const plan: StepPlan = { network, batch: 8, objective: bindObjective(softmax), ...options }
    const step = await createTrainingStep(engine, plan, fillNetwork(network))
    for (let index = 0; index < 5; index++) {
      const images = fill(`batch${index}`, [8, 3, 64, 64], Math.sqrt(12)).data
      await step.run(images, [0, 1, 2, 3, 4, 5, 6, 7], rate, index)
    }
    for (const [parameter, { samples }] of Object.entries(recorded.steps[name].after)) {
      const { data } = keptParameter(await step.state(), parameter)!
      const stride = Math.max(1, Math.floor(data.length / 24))
      const largest = Math.max(...samples.map(Math.abs))
      samples.forEach((value, i) => {
        expect(Math.abs(Number(data[i * stride]) - value) / largest, parameter).toBeLessThan(
          3 * recorded.steps[name].spread[parameter] + 1e-4,
        )
      })
    }
    await step.dispose()
  })
})

test('AdamW with other betas goes where that of PyTorch goes', async () => {
  const optimiser = { ...sgd, name: 'adamw', weightDecay: 0.5, betas: [0.8, 0.95] } as const
  const graph = new Graph()
  const input = (name: string, shape: number[] = [10]) => graph.input(name, shape)
  const scalars = {
    rate: input('rate', []),
    correction1: input('correction1', []),
    correction2: input('correction2', []),
  }
  const state = { mean: input('mean'), square: input('square') }
  const update = updateParameter(optimiser, input('parameter'), input('gradient'), state, scalars)
  const program = await engine.compile({
    graph,
    outputs: { next: update.parameter, nextMean: update.state.mean, nextSquare: update.state.square },
  })
  let current: Tensors = {
    parameter: fill('parameter', [10], 1),
    mean: float32([10], new Float32Array(10)),
    square: float32([10], new Float32Array(10)),
  }
  for (let index = 0; index < 5; index++) {
    const [correction1, correction2] = biasCorrections(index, optimiser.betas)
    const { next, nextMean, nextSquare } = await program.run({
      ...current,
      gradient: fill(`gradient${index}`, [10], 1),
      rate: float32([], [0.01]),
      correction1: float32([], [correction1]),
      correction2: float32([], [correction2]),
    })
    current = { parameter: next, mean: nextMean, square: nextSquare }
  }
  await program.dispose()
  floats(current.parameter).forEach((value, i) => {
    expect(value).toBeCloseTo(recorded.betas[i], 6)
  })
})

describe('schedules with parameters of their own', () => {
  it.each([
    ['oneCycle', scheduleNamed('one-cycle', { oneCycle: { rise: 0.1, startDivisor: 10, endDivisor: 100 } })],
    ['steps', scheduleNamed('step', { steps: { at: [0.3, 0.8], factor: 0.3 } })],
    // Of fifty epochs, two steps each.
    ['steps', scheduleNamed('step', { steps: { at: [15, 40], factor: 0.3 }, epochs: 50 })],
  ] as const)('%s', (name, schedule) => {
    recorded.schedules[name].forEach((rate, step) => {
      expect(0.1 * schedule(step, 100), `step ${step}`).toBeCloseTo(rate, 9)
    })
  })
})

describe('operations of RandAugment', () => {
  const { picture, ...operations } = recorded.operations
  const plane = picture.length / 3
  const bytes = new Set(['posterize 4', 'solarize 100', 'equalize'])
  const run: Record<string, (pixels: Float32Array) => void> = {
    'sharpness 1.9': pixels => adjustSharpness(pixels, 0, plane, 1.9),
    'sharpness 0.1': pixels => adjustSharpness(pixels, 0, plane, 0.1),
    'auto-contrast': pixels => autoContrast(pixels, 0, plane),
    'posterize 4': pixels => posterize(pixels, 0, plane, 4),
    'solarize 100': pixels => solarize(pixels, 0, plane, 100 / 255),
    equalize: pixels => equalize(pixels, 0, plane),
  }
  test.each(Object.entries(operations))('%s is that of torchvision', (name, truth) => {
    const pixels = Float32Array.from(picture, value => value / 255)
    run[name](pixels)
    const scale = bytes.has(name) ? 255 : 1
    pixels.forEach((value, i) => {
      expect(scale * value, `place ${i}`).toBeCloseTo(truth[i], 4)
    })
  })
})
