import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FieldOptions, updateAt, updateField } from './field.ts'

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0)
const unit = (a: readonly number[]) => a.map(value => value / Math.sqrt(dot(a, a)))
/** a + u b + v c */
const combine = (a: number[], u: number, b: number[], v = 0, c = b) =>
  a.map((value, i) => value + u * b[i] + v * c[i])

/** The same step taken with vectors in space. */
function bySimulation(x: number, y: number, options: FieldOptions): [number, number] {
  const { order, rate = 0.1, offAnchorCosine: gamma = 0 } = options
  const anchor = [1, 0, 0]
  const positive = [x, Math.sqrt(1 - x * x), 0]
  const negative = [y, Math.sqrt(1 - y * y) * gamma, Math.sqrt(1 - y * y) * Math.sqrt(1 - gamma * gamma)]
  const [pull, push] = order === 1 ? [x, y] : [x - x ** 2 / 2, y ** 2 / 2]
  const step = rate / (1 + Math.exp(pull - push))
  const [u, v] = order === 1 ? [step, step] : [step * (1 - x), step * y]
  const nextAnchor = unit(combine(anchor, u, positive, -v, negative))
  const nextPositive = unit(combine(positive, u, anchor))
  const nextNegative = unit(combine(negative, -v, anchor))
  return [dot(nextAnchor, nextPositive) - x, dot(nextAnchor, nextNegative) - y]
}

describe('the update field', () => {
  it.each([
    [0.5, 0.5, 0.0716, -0.0781],
    [0.9, 0.95, 0.0181, -0.011],
    [0.1, 0.9, 0.1383, -0.0319],
    [0.95, 0.05, 0.005, -0.057],
  ])('moves (%f, %f) by (%f, %f) at rate 0.1', (x, y, dx, dy) => {
    const [moved, pushed] = updateAt(x, y, { order: 1 })
    expect(moved).toBeCloseTo(dx, 4)
    expect(pushed).toBeCloseTo(dy, 4)
  })

  it('depends on how positive and negative lie to each other', () => {
    const [dx, dy] = updateAt(0.5, 0.5, { order: 1, offAnchorCosine: 0.5 })
    expect([dx, dy].map(value => Number(value.toFixed(4)))).toEqual([0.0539, -0.0585])
  })

  it('is the change of the similarities when the three vectors take the step', () => {
    const similarity = fc.double({ min: -0.999, max: 0.999, noNaN: true })
    const gamma = fc.double({ min: -1, max: 1, noNaN: true })
    fc.assert(
      fc.property(similarity, similarity, gamma, fc.constantFrom(1, 2), (x, y, offAnchorCosine, order) => {
        const options = { order, offAnchorCosine } as const
        const [dx, dy] = updateAt(x, y, options)
        const [expectedX, expectedY] = bySimulation(x, y, options)
        expect(dx).toBeCloseTo(expectedX, 10)
        expect(dy).toBeCloseTo(expectedY, 10)
      }),
    )
  })

  it('points to the good corner everywhere while vectors move freely', () => {
    for (const order of [1, 2] as const) {
      for (const { x, y, dx, dy } of updateField({ order })) {
        expect(dx * (1 - x) - dy * y).toBeGreaterThan(0)
      }
    }
  })

  it('pulls hard triplets toward collapse once they are entangled', () => {
    const [, dy] = updateAt(0.7, 0.99, { order: 1, entanglement: 1 })
    expect(dy).toBeGreaterThan(0)
  })
})
