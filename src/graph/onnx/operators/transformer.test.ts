import { test } from 'vitest'
import { checkGradient, type GradientCase } from '../../../../test/check-gradient.ts'
import type { Attributes, Value } from '../../graph.ts'
import { operators } from './index.ts'

const nodeOf =
  (op: string, attributes: Attributes = {}) =>
  (...inputs: Value[]): Value =>
    operators[op]({
      ...{ op, inputs, attributes, graph: inputs[0].graph, opset: 24, outputs: 1 },
      contentOf: () => undefined,
    }) as Value

const cases: Record<string, GradientCase> = {
  'attention, each head of keys for two of queries': {
    shapes: [
      [1, 3, 8],
      [1, 4, 4],
      [1, 4, 4],
      [3, 4],
    ],
    build: nodeOf('Attention', { q_num_heads: 4, kv_num_heads: 2 }),
  },
  'attention to what went before': {
    shapes: [
      [1, 2, 3, 2],
      [1, 2, 3, 2],
      [1, 2, 3, 2],
    ],
    build: nodeOf('Attention', { is_causal: 1 }),
  },
  'root mean square': { shapes: [[2, 3, 4], [4]], build: nodeOf('RMSNormalization') },
  'rotary places': {
    shapes: [
      [1, 2, 3, 4],
      [1, 3, 2],
      [1, 3, 2],
    ],
    build: nodeOf('RotaryEmbedding'),
  },
  'rotary places, interleaved, of a part': {
    shapes: [
      [1, 2, 3, 6],
      [1, 3, 2],
      [1, 3, 2],
    ],
    build: nodeOf('RotaryEmbedding', { interleaved: 1, rotary_embedding_dim: 4 }),
  },
  swish: { shapes: [[2, 5]], build: nodeOf('Swish', { alpha: { float: 0.7 } }) },
}

test.each(Object.entries(cases))('a gradient passes: %s', (_, one) => checkGradient(one))
