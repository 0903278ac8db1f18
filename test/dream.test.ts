/** Dreams against PyTorch's automatic differentiation: fixtures/dream.json, recorded by oracles/dream.py. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { imagenetStatistics } from '../src/data/store.ts'
import { gradient } from '../src/graph/gradient.ts'
import { Graph } from '../src/graph/graph.ts'
import { float32 } from '../src/graph/tensor.ts'
import { ascend } from '../src/lenses/dream/ascent.ts'
import { featuresOf } from '../src/lenses/dream/choices.ts'
import { paint } from '../src/lenses/dream/fourier.ts'
import { gradientsOf } from '../src/lenses/dream/gradients.ts'
import { type Image, pictureOf } from '../src/lenses/dream/image.ts'
import { channel, type DreamObjective, guided, mean, norm, unit } from '../src/lenses/dream/objectives.ts'
import type { Network, NetworkPlan } from '../src/nets/network.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { fill, fillNetwork } from './fill.ts'
import { expectSummary, type Summary } from './summary.ts'
import { gate } from './thorough.ts'

interface Recorded {
  size: number
  float64: {
    gradients: Record<string, { objective: number; gradient: Summary }>
    steps: Record<string, number[]>
  }
  painted: { height: number; width: number; pixels: number[]; gradient: number[] }[]
}

const {
  size,
  float64: truth,
  painted,
}: Recorded = JSON.parse(readFileSync(new URL('fixtures/dream.json', import.meta.url), 'utf8'))
const engine = await createEngine({ threads: 1 })
const plan: NetworkPlan = {
  net: 'resnet18',
  head: { kind: 'classes', classes: Array.from({ length: 12 }, (_, i) => `class ${i}`) },
  preprocessing: { size, resize: size, ...imagenetStatistics },
}
const network: Network = { ...plan, parameters: fillNetwork(plan) }

/** Blocks of 8 pixels and a little noise, whole numbers, as in the oracle. */
function image(name: string): Image {
  const blocks = fill(name, [1, 3, size / 8, size / 8], 200, 128).data
  const fine = fill(`${name} noise`, [1, 3, size, size], 40).data
  const data = fine.map((value, i) => {
    const [channel, y, x] = [Math.floor(i / size ** 2), Math.floor(i / size) % size, i % size]
    const block =
      blocks[((channel * size) / 8) * (size / 8) + Math.floor(y / 8) * (size / 8) + Math.floor(x / 8)]
    return Math.round(Math.min(255, Math.max(0, block + value)))
  })
  return { width: size, height: size, data }
}

const guide = await featuresOf(engine, network, pictureOf(image('guide')), 'stage3')
const objectives: Record<string, DreamObjective> = {
  norm: norm('stage2'),
  mean: mean('stage3'),
  channel: channel('stage3', 5),
  unit: unit('stage2', 5),
  logit: channel('logits', 3),
  guided: guided('stage3', guide),
}

test.each(Object.keys(truth.gradients))('objective %s and its gradient by the pixels', async name => {
  const recorded = truth.gradients[name]
  const gradients = gradientsOf(engine, network, objectives[name])
  const { objective, gradient } = await gradients.at(image('picture'))
  await gradients.dispose()
  expect(objective / recorded.objective).toBeCloseTo(1, 5)
  expectSummary(float32([1, 3, size, size], gradient), recorded.gradient, 1e-3, name)
})

const plainSteps = {
  octaves: 1,
  octaveScale: 1.4,
  steps: 10,
  stepSize: 1.5,
  jitter: 0,
  clip: false,
  tile: 1024,
  smallest: 32,
}

test.runIf(gate).each(Object.keys(truth.steps))('ten plain steps on %s', async layer => {
  const gradients = gradientsOf(engine, network, norm(layer))
  const { octaves } = await ascend(gradients, pictureOf(image('picture')), plainSteps, { seed: 0 })
  await gradients.dispose()
  const off = octaves[0].objective.map((value, step) => Math.abs(value / truth.steps[layer][step] - 1))
  expect(off).toHaveLength(10)
  expect(Math.max(...off.slice(0, 3))).toBeLessThan(1e-3)
  expect(Math.max(...off)).toBeLessThan(0.03)
})

test.each(painted)('a spectrum of $height x $width becomes the same image', async recorded => {
  const { height, width } = recorded
  const graph = new Graph()
  const spectrum = graph.input('spectrum', [2, 3, height, Math.floor(width / 2) + 1])
  const pixels = paint(spectrum, { height, width })
  const slope = graph.constant(fill('slope', pixels.shape))
  const [back] = gradient(pixels, [spectrum], slope)
  const result = await evaluate(
    engine,
    { graph, outputs: { pixels, back } },
    { spectrum: fill(`spectrum ${height} ${width}`, spectrum.shape, 0.3) },
  )
  const off = (ours: ArrayLike<unknown>, theirs: readonly number[]) =>
    Math.max(...theirs.map((value, i) => Math.abs(value - Number(ours[i]))))
  expect(off(result.pixels.data, recorded.pixels)).toBeLessThan(1e-3)
  expect(off(result.back.data, recorded.gradient)).toBeLessThan(1e-5 * Math.max(...recorded.gradient))
})
