import { expect, it } from 'vitest'
import { Graph } from '../graph/graph.ts'
import { argMax } from '../graph/ops/reduce.ts'
import { float32, floats, integers } from '../graph/tensor.ts'
import { createEngine } from './engine.node.ts'
import { evaluate } from './engine.ts'

it('gives the outputs that a program was compiled for, by names and types that the compiler knows', async () => {
  const graph = new Graph()
  const x = graph.input('x', [1, 3])
  const engine = await createEngine({ threads: 1 })
  const results = await evaluate(
    engine,
    { graph, outputs: { best: argMax(x, 1), copy: x } },
    { x: float32([1, 3], [1, 5, 2]) },
  )
  expect(integers(results.best)).toEqual(BigInt64Array.of(1n))
  expect(floats(results.copy)).toEqual(Float32Array.of(1, 5, 2))
  // @ts-expect-error no output has this name
  expect(results.worst).toBeUndefined()
  expect(() => floats(results.best)).toThrow('a float32 tensor is needed, this one is int64')
  expect(() => integers(results.copy)).toThrow('an int64 tensor is needed, this one is float32')
})
