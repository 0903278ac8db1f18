import { expect, test } from 'vitest'
import { inTurn } from '../../test/objective-steps.ts'
import { random } from '../base/random.ts'
import { floats } from '../graph/tensor.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluateObjective } from './evaluate.node.ts'
import { bindObjective } from './objective.ts'
import { objectiveNamed } from './registry.ts'

const engine = await createEngine({ threads: 1 })
const [n, dim, labels] = [4, 3, [0, 0, 1, 1]]

function vectors(seed: number): Float32Array {
  const { normal } = random(seed, 'memory')
  return Float32Array.from({ length: n * dim }, () => normal() + 0.5)
}

const batchesOf = (seeds: readonly number[]) =>
  seeds.map(seed => ({ embeddings: vectors(seed), dim, labels }))

test('the queue keeps the last vectors, and forgets the oldest first', async () => {
  const batches = batchesOf([1, 2, 3])
  const { kept } = await inTurn(engine, 'supcon', { memory: 10 }, batches)
  const all = batches.flatMap(({ embeddings }) => [...embeddings])
  expect([...floats(kept.memory)]).toEqual(all.slice(-10 * dim))
  expect(kept.memoryLabels.data).toEqual(BigInt64Array.of(1n, 1n, 0n, 0n, 1n, 1n, 0n, 0n, 1n, 1n))
})

test('a memory is left alone until it is due; until then the batch is compared with itself', async () => {
  const batches = batchesOf([1, 2, 3])
  const late = await inTurn(engine, 'ntxent', { memory: 8, memoryFrom: 2 }, batches)
  const always = await inTurn(engine, 'ntxent', { memory: 8 }, batches)
  for (const [index, batch] of batches.entries()) {
    const plain = await evaluateObjective('ntxent', {}, batch)
    const expected = index < 2 ? plain : always.steps[index]
    expect(late.steps[index].loss).toBeCloseTo(expected.loss, 6)
    for (const [k, value] of late.steps[index].gradient.entries())
      expect(value).toBeCloseTo(expected.gradient[k], 5)
  }
  const plain = await evaluateObjective('ntxent', {}, batches[2])
  expect(Math.abs(late.steps[2].loss - plain.loss)).toBeGreaterThan(0.01)
})

test('a memory that holds no whole batch is an error', () => {
  const objective = bindObjective(objectiveNamed('contrastive'), { memory: 3 })
  expect(() => objective.state({ batch: n, dim })).toThrow('the memory does not hold a batch')
})
