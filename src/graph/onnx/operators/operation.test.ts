import { expect, it } from 'vitest'
import { Graph, type Value } from '../../graph.ts'
import { operators } from './index.ts'

/** What an operator makes of these operands, in the oldest and the newest form that is read. */
const applied = (op: string, inputs: (graph: Graph) => (Value | undefined)[], opset: number) => {
  const graph = new Graph()
  return operators[op]({
    op,
    graph,
    inputs: inputs(graph),
    attributes: { kernel_shape: [1, 1] },
    opset,
    outputs: 1,
    contentOf: value => value && graph.constantOf(value),
  })
}

it.each(Object.keys(operators))('%s without operands is an error that names the first', op => {
  for (const opset of [9, 23])
    for (const inputs of [() => [], () => [undefined, undefined]])
      expect(() => applied(op, inputs, opset)).toThrow(
        expect.objectContaining({
          code: 'operator-shape',
          message: expect.stringMatching(/operand 0 of \d/),
        }),
      )
})

it('names the operand that is left out', () => {
  const second = (graph: Graph) => [graph.input('x', [2, 3]), undefined, graph.input('b', [3])]
  for (const op of ['Add', 'MatMul', 'Gemm', 'BatchNormalization', 'Where', 'Gather'])
    expect(() => applied(op, second, 18)).toThrow(/operand 1 of \d is missing/)
})
