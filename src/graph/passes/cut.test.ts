import { expect, it } from 'vitest'
import { createEngine } from '../../runtime/engine.node.ts'
import { Graph } from '../graph.ts'
import { add, mul, relu } from '../ops/elementwise.ts'
import { float32 } from '../tensor.ts'
import { cutGraph } from './cut.ts'

it('a value becomes an input, what only led to it goes, and the rest computes the same', async () => {
  const graph = new Graph()
  const x = graph.input('x', [3])
  const middle = relu(mul(x, 2))
  const y = add(mul(middle, middle), 1)
  const cut = cutGraph({ graph, outputs: { y } }, middle, 'middle')

  expect(cut.graph.nodes.map(({ op }) => op)).toEqual(['Mul', 'Add'])
  const engine = await createEngine({ threads: 1 })
  const program = await engine.compile(cut)
  const { y: result } = await program.run({ middle: float32([3], [0, 1, 3]) })
  expect(Array.from(result.data, Number)).toEqual([1, 2, 10])
})
