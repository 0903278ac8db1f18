/** Whatever a model ends in, what is read as logits gives the probabilities that the model itself gives. */
import { describe, expect, it } from 'vitest'
import { Graph, type Value } from '../graph/graph.ts'
import { reshape, slice } from '../graph/ops/layout.ts'
import { float32, int64, type Shape } from '../graph/tensor.ts'
import { probabilities } from '../models/classification.ts'
import { createEngine } from '../runtime/engine.node.ts'
import { evaluate } from '../runtime/engine.ts'
import { readScores, type Scores } from './scores.ts'

const engine = await createEngine({ threads: 1 })
const [rows, width] = [3, 5]
const content = float32(
  [rows, width],
  Float32Array.from({ length: rows * width }, (_, k) => 4 * Math.sin(1 + 2.3 * k)),
)

const op = (name: string, inputs: Value[], shape: Shape, attributes = {}): Value =>
  inputs[0].graph.node(name, inputs, [{ shape }], { attributes })[0]
const same = (name: string, x: Value, attributes = {}) => op(name, [x], x.shape, attributes)
const over = (name: string, x: Value, keepdims: 0 | 1 = 1): Value => {
  const axes = x.graph.constant(int64([1], [1]))
  return op(name, [x, axes], keepdims ? [rows, 1] : [rows], { keepdims })
}
const column = (x: Value) => reshape(x, [rows, 1])
const exp = (x: Value) => same('Exp', x)
const shifted = (x: Value) => op('Sub', [x, over('ReduceMax', x)], x.shape)
const quotient = (x: Value, sum: Value) => op('Div', [x, sum], x.shape)
const one = (x: Value) => x.graph.constant(1)

const endings: [string, Scores | undefined, (x: Value) => Value, 'log'?][] = [
  ['nothing', undefined, x => x],
  ['a softmax', 'softmax', x => same('Softmax', x, { axis: 1 })],
  ['a softmax over the last axis', 'softmax', x => same('Softmax', x, { axis: -1 })],
  [
    'a softmax and reshapes',
    'softmax',
    x => reshape(reshape(same('Softmax', x, { axis: 1 }), [rows, 1, width]), x.shape),
  ],
  [
    'a softmax of maps',
    'softmax',
    x => reshape(same('Softmax', reshape(x, [rows, width, 1, 1]), { axis: 1 }), x.shape),
  ],
  ['a softmax written out', 'softmax', x => quotient(exp(x), over('ReduceSum', exp(x)))],
  [
    'one exponential, used twice',
    'softmax',
    x => {
      const e = exp(x)
      return quotient(e, over('ReduceSum', e))
    },
  ],
  [
    'the same, with the largest taken off',
    'softmax',
    x => {
      const e = exp(shifted(x))
      return quotient(e, over('ReduceSum', e))
    },
  ],
  [
    'the same, with a sum that drops its axis',
    'softmax',
    x => {
      const e = exp(shifted(x))
      return quotient(e, column(over('ReduceSum', e, 0)))
    },
  ],
  [
    'the reciprocal of the sum',
    'softmax',
    x => {
      const e = exp(x)
      return op('Mul', [e, same('Reciprocal', over('ReduceSum', e))], x.shape)
    },
  ],
  ['a logarithm of a softmax', 'softmax', x => same('LogSoftmax', x, { axis: 1 }), 'log'],
  [
    'the same written out',
    'softmax',
    x => op('Sub', [x, same('Log', over('ReduceSum', exp(x)))], x.shape),
    'log',
  ],
  [
    'the same by its own operator',
    'softmax',
    x => op('Sub', [x, over('ReduceLogSumExp', x)], x.shape),
    'log',
  ],
  ['a sigmoid', 'sigmoid', x => same('Sigmoid', x)],
  [
    'a sigmoid and a reshape',
    'sigmoid',
    x => reshape(same('Sigmoid', reshape(x, [rows, width, 1])), x.shape),
  ],
  [
    'a sigmoid written out',
    'sigmoid',
    x => op('Div', [one(x), op('Add', [one(x), exp(same('Neg', x))], x.shape)], x.shape),
  ],
  [
    'a sigmoid by a reciprocal',
    'sigmoid',
    x => same('Reciprocal', op('Add', [exp(same('Neg', x)), one(x)], x.shape)),
  ],
  [
    'a part of a softmax',
    'given',
    x => slice(same('Softmax', x, { axis: 1 }), [{ axis: 1, start: 1, end: width }]),
  ],
]

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length)
  for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i], 5)
}

describe.each(endings)('a model that ends in %s', (_, scores, ending, form) => {
  it(`has scores of the kind ${scores}, and the probabilities that it gives`, async () => {
    const graph = new Graph()
    const output = ending(same('Identity', graph.input('x', [rows, width])))
    const read = readScores(output)
    expect(read.scores).toBe(scores)
    const request = { graph, outputs: { output, logits: read.logits }, parameters: new Map() }
    const values = await evaluate(engine, request, { x: content })
    const numbers = (name: 'output' | 'logits') => Array.from(values[name].data, Number)
    if (scores === undefined) return
    const count = output.shape[1]
    const got = Array.from({ length: rows }, (_, row) => [
      ...probabilities(numbers('logits').slice(row * count, (row + 1) * count), read.scores),
    ]).flat()
    const own = numbers('output').map(value => (form === 'log' ? Math.exp(value) : value))
    expectClose(got, own)
    if (scores !== 'given') {
      const source = [...content.data]
      expectClose(numbers('logits'), source)
    }
  })
})

it('a softmax over something else than the classes is none', () => {
  const graph = new Graph()
  const x = graph.input('x', [rows, 2, 4])
  const pairs = reshape(same('Softmax', x, { axis: 1 }), [rows, 8])
  expect(readScores(pairs).scores).toBe('given')
})

it('probabilities of many thousand classes are not a matter of the stack', () => {
  const logits = new Float32Array(300_000)
  expect(probabilities(logits)[7]).toBeCloseTo(1 / logits.length, 12)
})
