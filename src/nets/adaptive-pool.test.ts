import { expect, test } from 'vitest'
import { Graph } from '../graph/graph.ts'
import { float32 } from '../graph/tensor.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluate } from '../runtime/engine.ts'
import { adaptivePool } from './adaptive-pool.ts'

const engine = await createEngine()

/** By its definition: the mean from floor(k from / to) up to ceil((k + 1) from / to), along both axes. */
function byLoops(data: Float32Array, height: number, width: number, side: number): number[] {
  const range = (k: number, from: number) => [
    Math.floor((k * from) / side),
    Math.ceil(((k + 1) * from) / side),
  ]
  return Array.from({ length: side * side }, (_, at) => {
    const [top, bottom] = range(Math.floor(at / side), height)
    const [left, right] = range(at % side, width)
    let sum = 0
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += data[y * width + x]
    return sum / ((bottom - top) * (right - left))
  })
}

test.each([
  [2, 2],
  [7, 7],
  [7, 10],
  [13, 5],
  [14, 14],
])('maps of %i x %i come to 7 x 7 as PyTorch defines it', async (height, width) => {
  const data = Float32Array.from({ length: 2 * height * width }, (_, k) => Math.sin(7 * k))
  const graph = new Graph()
  const pooled = adaptivePool(graph.input('x', [1, 2, height, width]), 7)
  const result = await evaluate(
    engine,
    { graph, outputs: { pooled } },
    { x: float32([1, 2, height, width], data) },
  )
  const size = height * width
  const expected = [0, 1].flatMap(c => byLoops(data.subarray(c * size, (c + 1) * size), height, width, 7))
  expect(result.pooled.shape).toEqual([1, 2, 7, 7])
  for (const [k, value] of result.pooled.data.entries()) expect(Number(value)).toBeCloseTo(expected[k], 5)
})
