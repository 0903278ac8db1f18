/** Objectives against formulas written out in PyTorch, in float64: fixtures/objectives.json, whole gradients. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { evaluateObjective } from '../src/objectives/evaluate.node.ts'
import { objectives } from '../src/objectives/registry.ts'

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
  tolerance?: number
}

const { cases }: { cases: ObjectiveCase[] } = JSON.parse(
  readFileSync(new URL('fixtures/objectives.json', import.meta.url), 'utf8'),
)

function expectClose(computed: Float32Array, expected: readonly number[], tolerance: number): void {
  const largest = Math.max(0.01, ...expected.map(Math.abs))
  expect(computed.length).toBe(expected.length)
  expect(Math.max(...expected.map((value, i) => Math.abs(computed[i] - value)))).toBeLessThanOrEqual(
    tolerance * largest,
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
    // Where all vectors are one, differences of equal numbers are all there is.
    const tolerance = truth.tolerance ?? (truth.name.includes('collapsed') ? 1e-4 : 1e-5)
    expect(Math.abs(loss - truth.loss)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(truth.loss)))
    expectClose(gradient, truth.gradient, tolerance)
    if (truth.proxyGradient) expectClose(ownGradients.proxies, truth.proxyGradient, tolerance)
  })
})
