/**
 * Five training steps of a ResNet18 under every optimiser against PyTorch in float64: fixtures/training.json. Ours may
 * be as far from it as PyTorch's own float32 runs are; oracles/training.py says why that is far.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import type { Tensor } from '../src/graph/tensor.ts'
import type { NetworkPlan } from '../src/nets/network.ts'
import { bindObjective } from '../src/objectives/objective.ts'
import { objectiveNamed } from '../src/objectives/registry.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import type { OptimiserName } from '../src/training/optimiser.ts'
import { scheduleNamed } from '../src/training/schedule.ts'
import { createTrainingStep } from '../src/training/step.ts'
import { fill, fillNetwork } from './fill.ts'
import type { Summary } from './summary.ts'
import { complete, gate } from './thorough.ts'

interface Run {
  losses: number[]
  after: Record<string, Summary>
}

interface TrainingCase {
  optimiser: OptimiserName
  smoothing: number
  options: { lr: number; momentum?: number; nesterov?: boolean; weight_decay?: number }
  float64: Run
  /** how far float32 runs of PyTorch were from that: losses, and entries relative to the largest */
  spread: { losses: number[]; after: Record<string, number> }
}

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'))
const { cases }: { cases: TrainingCase[] } = fixture('training')
const engine = await createEngine()

const plan: NetworkPlan = {
  net: 'resnet18',
  head: { kind: 'classes', classes: Array.from({ length: 12 }, (_, i) => `class ${i}`) },
  preprocessing: { size: 64, resize: 64, mean: [0, 0, 0], deviation: [1, 1, 1] },
}

/** Largest difference of the recorded entries, relative to the largest of them. */
function distance(samples: readonly number[], truth: Summary): number {
  const differences = truth.samples.map((value, i) => Math.abs(value - samples[i]))
  return Math.max(...differences) / Math.max(...truth.samples.map(Math.abs))
}

function samplesOf({ data }: Tensor, { samples }: Summary): number[] {
  const stride = Math.max(1, Math.floor(data.length / 24))
  return samples.map((_, i) => Number(data[i * stride]))
}

describe('five steps end where PyTorch ends', () => {
  // At a rate of 0.05 even runs of one implementation part so far that a comparison says nothing.
  test
    .runIf(gate)
    .each(cases.filter(({ options, optimiser }) => options.lr < 0.05 && (complete || optimiser !== 'adam')))(
    '$optimiser, smoothing $smoothing, $options',
    async training => {
      const { optimiser, smoothing, options, float64: truth, spread } = training
      const step = await createTrainingStep(
        engine,
        {
          network: plan,
          batch: 8,
          objective: bindObjective(objectiveNamed('softmax'), { smoothing }),
          optimiser: {
            name: optimiser,
            momentum: options.momentum ?? 0,
            nesterov: options.nesterov ?? false,
            weightDecay: options.weight_decay ?? 0,
          },
        },
        fillNetwork(plan),
      )
      const labels = Array.from({ length: 8 }, (_, i) => i)
      for (let index = 0; index < 5; index++) {
        const images = fill(`batch${index}`, [8, 3, 64, 64], Math.sqrt(12)).data
        const { loss } = await step.run(images, labels, options.lr, index)
        const difference = Math.abs(loss - truth.losses[index])
        expect(difference, `loss of step ${index}`).toBeLessThan(3 * spread.losses[index] + 1e-4)
      }
      const state = await step.state()
      for (const [name, summary] of Object.entries(truth.after)) {
        const ours = distance(samplesOf(state.get(name)!, summary), summary)
        expect(ours, name).toBeLessThan(3 * spread.after[name] + 1e-4)
      }
      await step.dispose()
    },
  )
})

describe('schedules', () => {
  const recorded: Record<'one-cycle' | 'cosine' | 'step', number[]> = fixture('schedules')
  for (const name of ['one-cycle', 'cosine', 'step'] as const) {
    it(`${name} is that of PyTorch`, () => {
      const schedule = scheduleNamed(name)
      recorded[name].forEach((rate, step) => {
        expect(0.1 * schedule(step, 100)).toBeCloseTo(rate, 9)
      })
    })
  }
})
