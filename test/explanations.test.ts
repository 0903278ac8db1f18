/** Maps of a class against the formulas in PyTorch: fixtures/explanations.json, by oracles/explanations.py. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openMapper } from '../src/lenses/cam/mapper.ts'
import type { MapMethod } from '../src/lenses/cam/methods.ts'
import type { NetworkPlan } from '../src/nets/network.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { fill, fillNetwork } from './fill.ts'

type Recorded = Exclude<MapMethod, 'cam' | 'attention-rollout'>

const recorded: Record<Recorded, number[]> & { logit: number } = JSON.parse(
  readFileSync(new URL('fixtures/explanations.json', import.meta.url), 'utf8'),
)
const size = 32
const engine = await createEngine()
const plan: NetworkPlan = {
  net: 'cifar-resnet20',
  head: { kind: 'classes', classes: Array.from({ length: 10 }, (_, i) => `class ${i}`) },
  preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
}
const network = { ...plan, parameters: fillNetwork(plan) }
const image = fill('explained', [1, 3, size, size], Math.sqrt(12)).data
const tools = { engine, seed: 0, signal: new AbortController().signal }

async function mapBy(method: MapMethod, options: { layer?: string; passes?: number; patch?: number } = {}) {
  const mapper = await openMapper(tools, network, { method, ...options, classes: 1 }, 1)
  const [{ maps }] = await mapper.maps(image, [[5]])
  await mapper.dispose()
  return maps[0]
}

/** Every other pixel of every other row, as they are recorded. */
const everyOther = (map: Float32Array) =>
  map.filter((_, at) => at % 2 === 0 && Math.floor(at / size) % 2 === 0)

/** In float32, relative to the largest entry. */
function expectMap(own: ArrayLike<number>, truth: readonly number[], tolerance: number): void {
  expect(own.length).toBe(truth.length)
  const largest = Math.max(...truth.map(Math.abs))
  const apart = truth.map((value, at) => Math.abs(own[at] - value) / largest)
  expect(Math.max(...apart)).toBeLessThan(tolerance)
}

test.each(['grad-cam', 'grad-cam++', 'layer-cam', 'score-cam'] as const)('%s of a layer', async method => {
  const { map, logit } = await mapBy(method, { layer: 'stage2' })
  expect(logit).toBeCloseTo(recorded.logit, 3)
  expectMap(map, recorded[method], 1e-4)
})

test('occlusion', async () => {
  const { map } = await mapBy('occlusion', { patch: 8 })
  expectMap(map, recorded.occlusion, 1e-4)
})

test('RISE, with the same masks', async () => {
  const { map } = await mapBy('rise', { passes: 24 })
  expectMap(everyOther(map), recorded.rise, 1e-4)
})

test('integrated gradients', async () => {
  const { map } = await mapBy('integrated-gradients', { passes: 16 })
  expectMap(everyOther(map), recorded['integrated-gradients'], 1e-4)
})

test('SmoothGrad, with the same noise', async () => {
  const { map } = await mapBy('smooth-grad', { passes: 4 })
  expectMap(everyOther(map), recorded['smooth-grad'], 1e-4)
})
