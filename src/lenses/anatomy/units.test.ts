import { describe, expect, test } from 'vitest'
import { Graph, type Value } from '../../graph/graph.ts'
import { conv } from '../../graph/ops/convolution.ts'
import { add, relu } from '../../graph/ops/elementwise.ts'
import { buildNetwork } from '../../nets/network.ts'
import { residualUnits, unitOfAddition } from './units.ts'

const built = (net: string) =>
  buildNetwork(
    {
      net,
      head: { kind: 'embedding', dim: 2 },
      preprocessing: { size: 64, resize: 64, mean: [0, 0, 0], deviation: [1, 1, 1] },
    },
    { batch: 1 },
  ).graph

const byAddition = (graph: Graph) => {
  const place = new Map(graph.nodes.map((node, index) => [node, index]))
  return graph.nodes.flatMap(node => unitOfAddition(node, place) ?? [])
}

test('networks of this project have the units that their names say', () => {
  const units = residualUnits(built('resnet18'))
  expect(units.map(({ name }) => name)).toEqual(
    [1, 2, 3, 4].flatMap(stage => [1, 2].map(unit => `stage${stage}.unit${unit}`)),
  )
  const { layers } = built('resnet18')
  expect(layers.has('stage2.unit1.branch')).toBe(true)
})

describe.each(['resnet18', 'resnet50', 'resnet18v2', 'resnet50v2', 'small'])('%s', net => {
  test('looking for additions finds the same units as going by names', () => {
    const graph = built(net)
    const parts = ({ branch, shortcut, sum }: { branch: Value; shortcut: Value; sum: Value }) => [
      branch,
      shortcut,
      sum,
    ]
    expect(byAddition(graph).map(parts)).toEqual(residualUnits(graph).map(parts))
  })
})

test('the input is found too, unless both ways begin with an activation of it', () => {
  const inputs = (graph: Graph) => byAddition(graph).map(({ input }) => input.name)
  const graph = built('resnet18')
  expect(inputs(graph)).toEqual(residualUnits(graph).map(({ input }) => input.name))
})

describe('a graph without names', () => {
  const start = () => {
    const graph = new Graph()
    const x = graph.input('x', [1, 4, 8, 8])
    let weights = 0
    const layer = (y: Value) => conv(y, graph.parameter(`w${weights++}`, [4, 4, 3, 3]), { pads: 1 })
    return { graph, x, layer }
  }

  test('a unit is found by its addition, whichever way round', () => {
    for (const swap of [false, true]) {
      const { graph, x, layer } = start()
      const y = relu(layer(x))
      const branch = layer(relu(layer(y)))
      const sum = swap ? add(y, branch) : add(branch, y)
      expect(residualUnits(graph)).toEqual([{ name: sum.name, input: y, branch, shortcut: y, sum }])
    }
  })

  test('a projection on the way round makes it no less of a shortcut', () => {
    const { graph, x, layer } = start()
    const branch = layer(relu(layer(x)))
    const shortcut = layer(x)
    const sum = add(shortcut, branch)
    expect(residualUnits(graph)).toEqual([{ name: sum.name, input: x, branch, shortcut, sum }])
  })

  test('a bias, a doubling and the sum of two equals are not units', () => {
    const { graph, x, layer } = start()
    const biased = add(layer(x), graph.parameter('bias', [1, 4, 8, 8]))
    add(biased, biased)
    add(layer(x), layer(x))
    expect(residualUnits(graph)).toEqual([])
  })
})
