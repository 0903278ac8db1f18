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
}

const { cases }: { cases: ObjectiveCase[] } = JSON.parse(
  readFileSync(new URL('fixtures/objectives.json', import.meta.url), 'utf8'),
)

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
