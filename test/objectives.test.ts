/**
 * Objectives against formulas written out in PyTorch (fixtures/objectives.json) and against pytorch-metric-learning
 * (fixtures/metric-learning.json), both in float64: losses and whole gradients.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { evaluateObjective } from '../src/objectives/evaluate.node.ts'
import { objectives } from '../src/objectives/registry.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { inTurn } from './objective-steps.ts'

const engine = await createEngine({ threads: 1 })

interface ObjectiveCase {
  name: string
  objective: string
  options: object
  embeddings: number[]
  dim: number
  labels: number[]
  proxies?: number[]
  loss: number
  gradient: number[]
  proxyGradient?: number[]
}

/** Many cases stand on one batch. `peer` says what of the library was run. */
interface PeerCase extends Omit<ObjectiveCase, 'embeddings' | 'dim' | 'labels'> {
  peer: string
  batch: string
}

type PeerBatch = Pick<ObjectiveCase, 'embeddings' | 'dim' | 'labels'>

/** Batches in turn, of an objective that remembers. */
interface PeerSequence {
  objective: string
  options: object
  peer: string
  steps: { batch: string; loss: number; gradient: number[] }[]
}

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'))
const formulas: { cases: ObjectiveCase[] } = fixture('objectives')
const peers: { batches: Record<string, PeerBatch>; cases: PeerCase[]; sequences: PeerSequence[] } =
  fixture('metric-learning')
const cases: ObjectiveCase[] = [
  ...formulas.cases,
  ...peers.cases.map(({ batch, name, peer, ...rest }) => ({
    ...peers.batches[batch],
    ...rest,
    name: `${name} as ${peer}`,
  })),
]

/** To 1e-5 of the largest. Where all vectors are one, gradients are differences of equal numbers, hence the second term. */
function expectClose(computed: ArrayLike<number>, expected: readonly number[]): void {
  const largest = Math.max(...expected.map(Math.abs))
  expect(computed.length).toBe(expected.length)
  expect(Math.max(...expected.map((value, i) => Math.abs(computed[i] - value)))).toBeLessThanOrEqual(
    1e-5 * largest + 1e-7,
  )
}

describe.each([...objectives.keys()])('%s', objective => {
  const own = cases.filter(each => each.objective === objective)
  test.each(own)('$name', async ({ options, embeddings, dim, labels, proxies, ...truth }) => {
    const { loss, gradient, ownGradients } = await evaluateObjective(objective, options, {
      embeddings: Float32Array.from(embeddings),
      dim,
      labels,
      proxies: proxies && Float32Array.from(proxies),
    })
    expectClose([loss], [truth.loss])
    expectClose(gradient, truth.gradient)
    if (truth.proxyGradient) expectClose(ownGradients.proxies, truth.proxyGradient)
  })
})

test.each(peers.sequences)('$objective with $options as $peer', async ({ objective, options, steps }) => {
  const batches = steps.map(({ batch }) => peers.batches[batch])
  const ours = await inTurn(engine, objective, options, batches)
  for (const [index, { loss, gradient }] of steps.entries()) {
    expectClose([ours.steps[index].loss], [loss])
    expectClose(ours.steps[index].gradient, gradient)
  }
})
