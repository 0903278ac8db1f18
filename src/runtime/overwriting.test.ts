import { describe, expect, it } from 'vitest'
import { Graph, type Value } from '../graph/graph.ts'
import { add, mul, sub } from '../graph/ops/elementwise.ts'
import { concat, reshape, slice } from '../graph/ops/layout.ts'
import { reduceSum } from '../graph/ops/reduce.ts'
import { overwritable } from './overwriting.ts'

describe('a parameter may be overwritten', () => {
  const nextOf = (name: string) => `next ${name}`
  /** Of a graph with one parameter of four numbers and an input of the same shape. */
  const may = (make: (parameter: Value, input: Value) => { next: Value; others?: Value[] }) => {
    const graph = new Graph()
    const { next, others = [] } = make(graph.parameter('p', [4]), graph.input('x', [4]))
    const outputs = Object.fromEntries(others.map((value, index) => [`other ${index}`, value]))
    return overwritable({ graph, outputs: { ...outputs, [nextOf('p')]: next } }, nextOf).has('p')
  }

  it('by the last node that reads it, from place to place', () => {
    expect(may((p, x) => ({ next: sub(p, x) }))).toBe(true)
    expect(may((p, x) => ({ next: sub(p, mul(add(p, x), 0.5)) }))).toBe(true)
  })

  it('where all that read it lead to its next content, and no sooner', () => {
    const other = (p: Value) => reduceSum(mul(p, p))
    expect(may((p, x) => ({ next: sub(p, x), others: [other(p)] }))).toBe(false)
    expect(may((p, x) => ({ next: sub(p, mul(x, other(p))), others: [other(p)] }))).toBe(false)
  })

  it('not by a node that moves numbers, nor through memory that may be its own', () => {
    const shifted = (p: Value) => slice(p, [{ axis: 0, start: 1, end: 4 }])
    const first = (x: Value) => slice(x, [{ axis: 0, start: 0, end: 1 }])
    expect(may((p, x) => ({ next: concat([shifted(p), first(x)], 0) }))).toBe(false)
    expect(may((p, x) => ({ next: sub(mul(p, 1), x) }))).toBe(false)
    expect(may((p, x) => ({ next: sub(mul(p, 2), x) }))).toBe(true)
  })

  it('not where it or a view of it is a result as well', () => {
    expect(may((p, x) => ({ next: sub(p, x), others: [reshape(p, [2, 2])] }))).toBe(false)
    expect(may(p => ({ next: p }))).toBe(false)
  })
})
