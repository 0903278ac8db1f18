import { expect, test } from 'vitest'
import { Graph } from '../graph/graph.ts'
import { mul } from '../graph/ops/elementwise.ts'
import { matmul } from '../graph/ops/linear.ts'
import { attentionWeights } from './foreign-attention.ts'

test('many ways to the same place are gone once: a graph that doubles them forty times has 10^12', () => {
  const graph = new Graph()
  let x = graph.input('x', [2, 2])
  for (let double = 0; double < 40; double++) x = mul(x, x)
  expect(attentionWeights(graph, matmul(x, x))).toEqual([])
})
