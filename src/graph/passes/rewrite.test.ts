import { expect, test } from 'vitest'
import { createEngine } from '../../runtime/engine.node.ts'
import { evaluate } from '../../runtime/engine.ts'
import { gradient } from '../gradient.ts'
import { Graph } from '../graph.ts'
import { add, identity, mul, relu, sub } from '../ops/elementwise.ts'
import { reduceSum } from '../ops/reduce.ts'
import { float32 } from '../tensor.ts'
import { inlineGraph } from './rewrite.ts'

/** relu(x w) + 1, with the product as the layer 'inner'. */
function affine() {
  const source = new Graph()
  const x = source.input('x', [4])
  const product = source.scope('part', () => source.layer('inner', mul(x, source.parameter('w', [4]))))
  return { source, x, y: add(relu(product), 1) }
}

const w = float32([4], [1, -2, 3, -4])
const engine = await createEngine({ threads: 1 })

test('an inlined graph computes on what stands in for its input, and a gradient passes both', async () => {
  const { source, x, y } = affine()
  const graph = new Graph()
  const p = graph.input('p', [4])
  const copies = inlineGraph(graph, source, new Map([[x, sub(p, 2)]]))
  const out = copies.get(y)!
  const [slope] = gradient(reduceSum(out), [p])
  const outputs = { out, inner: graph.layers.get('part.inner')!, slope }
  const result = await evaluate(
    engine,
    { graph, outputs, parameters: new Map([['w', w]]) },
    { p: float32([4], [3, 3, 1, 1]) },
  )
  expect([...result.inner.data]).toEqual([1, -2, -3, 4])
  expect([...result.out.data]).toEqual([2, 1, 1, 5])
  expect(result.slope.data).toEqual(Float32Array.of(1, -0, 0, -4))
})

test('nodes can be replaced on the way', async () => {
  const { source, x, y } = affine()
  const graph = new Graph()
  const copies = inlineGraph(graph, source, new Map([[x, graph.input('p', [4])]]), {
    Relu: (_, [inner]) => [identity(inner!)],
  })
  const result = await evaluate(
    engine,
    { graph, outputs: { out: copies.get(y)! }, parameters: new Map([['w', w]]) },
    { p: float32([4], [1, 1, 1, 1]) },
  )
  expect([...result.out.data]).toEqual([2, -1, 4, -3])
})

test('an input without a stand-in, or with one of another shape, is refused', () => {
  const { source, x } = affine()
  const graph = new Graph()
  expect(() => inlineGraph(graph, source, new Map())).toThrow("nothing stands in for the input 'x'")
  expect(() => inlineGraph(graph, source, new Map([[x, graph.input('p', [3])]]))).toThrow('[4]')
})
