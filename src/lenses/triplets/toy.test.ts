import { describe, expect, it } from 'vitest'
import { createEngine } from '../../runtime/engine.node.ts'
import { type ToyOutcome, trainToy } from './toy.ts'

const engine = await createEngine({ threads: 1 })
const seeds = [0, 1, 2, 3, 4, 5, 6, 7]

const train = async (order: 1 | 2): Promise<ToyOutcome[]> => {
  const outcomes: ToyOutcome[] = []
  for (const seed of seeds)
    outcomes.push(
      await trainToy(engine, { objective: 'epshn', options: { order }, rate: 3, seed, epochs: 10 }),
    )
  return outcomes
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const standardError = (values: readonly number[]) => {
  const middle = mean(values)
  const variance = mean(values.map(value => (value - middle) ** 2)) * (values.length / (values.length - 1))
  return Math.sqrt(variance / values.length)
}

const [first, second] = [await train(1), await train(2)]

describe('on classes that it never saw, the toy of eight seeds', () => {
  const differences = (of: (outcome: ToyOutcome) => number) =>
    seeds.map(seed => of(first[seed]) - of(second[seed]))

  it('begins alike and finds nearly every classmate in the end', () => {
    expect(first.map(({ before }) => before)).toEqual(second.map(({ before }) => before))
    for (const { before, after } of [...first, ...second])
      expect(after.unseen.shareCorrect).toBeGreaterThan(before.unseen.shareCorrect + 0.03)
  })

  it('ends nearer to (1, 0) by the second order than by the first, by more than three standard errors', () => {
    const distances = differences(({ after }) => after.unseen.meanDistance)
    expect(mean(distances)).toBeGreaterThan(3 * standardError(distances))
  })

  it('has fewer dots in the top right corner by the second order, by more than three standard errors', () => {
    const corners = differences(({ after }) => after.unseen.topRight)
    expect(mean(corners)).toBeGreaterThan(3 * standardError(corners))
  })
})
