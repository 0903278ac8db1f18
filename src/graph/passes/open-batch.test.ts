import { expect, it } from 'vitest'
import { createEngine } from '../../runtime/engine.node.ts'
import { Graph } from '../graph.ts'
import { encodeModel } from '../onnx/encode.ts'
import { mul } from '../ops/elementwise.ts'
import { expand, reshape } from '../ops/layout.ts'
import { float32 } from '../tensor.ts'
import { openBatch, withOpenBatch } from './open-batch.ts'

it('a computation that was built for one batch size runs at any', async () => {
  const graph = new Graph()
  const x = graph.input('x', [openBatch, 2, 3])
  const row = graph.constant(float32([1, 6], [1, 2, 3, 4, 5, 6]))
  const y = mul(reshape(x, [openBatch, 6]), expand(row, [openBatch, 6]))
  const engine = await createEngine({ threads: 1 })
  const program = await engine.load(encodeModel(withOpenBatch({ graph, outputs: { y } })))

  for (const batch of [1, 2, 5]) {
    const { y: result } = await program.run({
      x: float32([batch, 2, 3], new Float32Array(6 * batch).fill(2)),
    })
    expect(result.shape).toEqual([batch, 6])
    expect(Array.from(result.data, Number).slice(-6)).toEqual([2, 4, 6, 8, 10, 12])
  }
})

it('a computation whose content depends on the batch size is refused by the name of its operator', () => {
  const graph = new Graph()
  const x = graph.input('x', [openBatch, 2])
  const y = mul(x, graph.constant(float32([1], [1])))
  const fixed = reshape(y, [2, openBatch])
  const again = reshape(fixed, [openBatch * 2])
  const [tiled] = graph.node('Tile', [x, graph.constant(openBatch, 'int64')], [{ shape: [openBatch, 2] }])
  expect(() => withOpenBatch({ graph, outputs: { again, tiled } })).toThrow(/any number of images: Tile/)
})
