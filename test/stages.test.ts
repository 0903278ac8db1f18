/** Every stage of a ResNet and its input gradients against PyTorch in float64: fixtures/stages.json. */
import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { gradient } from '../src/graph/gradient.ts'
import type { Value } from '../src/graph/graph.ts'
import { slice } from '../src/graph/ops/layout.ts'
import { buildNetwork, type NetworkPlan } from '../src/nets/network.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { fill, fillNetwork } from './fill.ts'
import { expectSummary, type Summary } from './summary.ts'
import { gate, thorough } from './thorough.ts'

interface Pass {
  stages: Record<string, Summary>
  logits: Summary
  gradients: { one: Summary; all: Summary }
}

const { cases }: { cases: { net: string; size: number; float64: Pass }[] } = JSON.parse(
  readFileSync(new URL('fixtures/stages.json', import.meta.url), 'utf8'),
)
// Of a million sums before ReLUs a few may round to the other side of 0, and pass a gradient or stop it.
const slack = 1e-3
const engine = await createEngine()
/** Deeper networks and larger images are made of the same stages. */
const tried = cases.filter(({ net, size }) => thorough || (net === 'resnet18' && size === 64))

test.runIf(gate).each(tried)(
  '$net at $size pixels agrees stage by stage',
  async ({ net, size, float64: truth }) => {
    const plan: NetworkPlan = {
      net,
      head: { kind: 'classes', classes: Array.from({ length: 1000 }, (_, i) => `class ${i}`) },
      preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
    }
    const { graph, images, output: logits } = buildNetwork(plan, { batch: 2 })
    const logit = new Float32Array(2000)
    logit[7] = 1
    const [both] = gradient(
      logits,
      [images],
      graph.constant({ dtype: 'float32', shape: [2, 1000], data: logit }),
    )
    const [all] = gradient(logits, [images], graph.constant(fill('logit weights', [2, 1000], 2)))
    const one = slice(both, [{ axis: 0, start: 0, end: 1 }])
    const stages = Object.fromEntries(Object.keys(truth.stages).map(name => [name, graph.layers.get(name)!]))
    const outputs: Record<string, Value> = { ...stages, logits, one, all }
    const result = await evaluate(
      engine,
      { graph, outputs, parameters: fillNetwork(plan) },
      { images: fill('images', [2, 3, size, size], Math.sqrt(12)) },
    )
    for (const [name, summary] of Object.entries(truth.stages))
      expectSummary(result[name], summary, 1e-5, name)
    expectSummary(result.logits, truth.logits, 1e-5, 'logits')
    expectSummary(
      { ...result.one, shape: [3, size, size] },
      truth.gradients.one,
      slack,
      'gradient of one logit',
    )
    expectSummary(result.all, truth.gradients.all, slack, 'gradient of all logits')
  },
)
