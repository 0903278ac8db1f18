import { describe, expect, test } from 'vitest'
import { gate } from '../../test/thorough.ts'
import { drawNetwork, type Part } from '../figures/network-drawing.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { conv } from '../graph/ops/convolution.ts'
import { add, mul, relu, sigmoid } from '../graph/ops/elementwise.ts'
import { concat } from '../graph/ops/layout.ts'
import { architectures } from './architectures.ts'
import { multiplyAddCount, parameterCount } from './costs.ts'
import { buildNetwork } from './network.ts'
import { outlineOf } from './outline.ts'

const build = (net: string) =>
  buildNetwork(
    {
      net,
      head: { kind: 'classes', classes: Array.from({ length: 1000 }, (_, i) => `${i}`) },
      preprocessing: { size: 224, resize: 256, mean: [0, 0, 0], deviation: [1, 1, 1] },
    },
    { batch: 1, size: net.startsWith('cifar') ? 32 : 224 },
  )

const outline = (net: string) => {
  const { graph, output } = build(net)
  return outlineOf(graph, output)
}

/** A sketch in a line: boxes by their labels, forks as (branch | branch)join, repeated ones with their count. */
const sketch = (parts: readonly Part[]): string =>
  parts
    .map(part => {
      if (part.kind === 'box') return part.label
      const branches = part.branches.map(sketch).join(' | ')
      return `(${branches})${part.join?.label ?? ''}${part.repeated ? `*${part.repeated.length}` : ''}`
    })
    .join(' ')

describe('parameters and multiply-adds are the published ones', () => {
  // torchvision's documentation (num_params, GFLOPS counted as multiply-adds) and He et al. 2015, table 6.
  test.each([
    ['resnet18', 11_689_512, 1.814],
    ['resnet34', 21_797_672, 3.664],
    ['resnet50', 25_557_032, 4.089],
    ['resnet101', 44_549_160, 7.801],
    ['squeezenet1_1', 1_235_496, 0.349],
  ])('of %s', (net, parameters, giga) => {
    const { graph } = build(net)
    expect(parameterCount(graph.nodes)).toBe(parameters)
    // Caffe's SqueezeNet pads its first convolution otherwise than torchvision's.
    const tolerance = net.startsWith('squeezenet') ? 0.05 : 0.001
    expect(Math.abs(multiplyAddCount(graph.nodes) / 1e9 / giga - 1)).toBeLessThan(tolerance)
  })
})

describe('the outline of a network', () => {
  test('has a fork for every residual unit; those alike that follow each other are one', () => {
    const parts = outline('resnet18')
    expect(sketch(parts.slice(0, 5))).toBe(
      'images conv 7×7, 64, /2 max pool 3×3, /2 (conv 3×3, 64 conv 3×3, 64 | )add*2 (conv 3×3, 128, /2 conv 3×3, 128 | conv 1×1, 128, /2)add',
    )
    expect(parts.map(part => part.name)).toEqual(
      ', , stem, stage1.unit1, stage2.unit1, stage2.unit2, stage3.unit1, stage3.unit2, stage4.unit1, stage4.unit2, pool, logits'.split(
        ', ',
      ),
    )
    expect(parts[3]).toMatchObject({ repeated: ['stage1.unit1', 'stage1.unit2'], parameters: 73_984 })
  })

  test('gives every unit of a pre-activation network its name', () => {
    const names = outline('resnet50v2').flatMap(part =>
      part.kind === 'fork' ? (part.repeated ?? [part.name]) : [],
    )
    expect(names).toHaveLength(16)
    for (const name of names) expect(name).toMatch(/^stage[1-4]\.unit[1-6]$/)
  })

  test('has the four branches of an inception', () => {
    const part = outline('googlenet').find(({ name }) => name === 'inception_3a/output')!
    expect(sketch([part]).split(' | ').sort()).toEqual(
      [
        '(max pool 3×3 conv 1×1, 32',
        'conv 1×1, 64',
        'conv 1×1, 96 conv 3×3, 128',
        'conv 1×1, 16 conv 5×5, 32)concat',
      ].sort(),
    )
  })

  test.runIf(gate)('counts nothing twice and forgets nothing', () => {
    for (const net of architectures.keys()) {
      const { graph, output } = build(net)
      const total = outlineOf(graph, output).reduce(
        (sum, part) => sum + part.parameters * (part.kind === 'fork' ? (part.repeated?.length ?? 1) : 1),
        0,
      )
      expect(total, net).toBe(parameterCount(graph.nodes))
    }
  })

  test('takes a dense block, in which everything feeds everything, as one tangle', () => {
    const graph = new Graph()
    const x = graph.input('images', [1, 4, 8, 8])
    const grow = (name: string, from: Value) =>
      relu(conv(from, graph.parameter(name, [4, from.shape[1], 1, 1])))
    const a = grow('a', x)
    const b = grow('b', concat([x, a], 1))
    const c = grow('c', concat([x, a, b], 1))
    expect(sketch(outlineOf(graph, concat([x, a, b, c], 1)))).toBe(
      'images (conv 1×1, 4 concat conv 1×1, 4 concat conv 1×1, 4 | )concat',
    )
  })

  test('shows forks within forks', () => {
    const graph = new Graph()
    const x = graph.input('images', [1, 4, 8, 8])
    const layer = (name: string, from: Value) => conv(from, graph.parameter(name, [4, 4, 1, 1]))
    const inner = layer('a', x)
    const left = layer('b', inner)
    const right = layer('c', inner)
    expect(sketch(outlineOf(graph, add(add(left, right), x)))).toBe(
      'images (conv 1×1, 4 (conv 1×1, 4 | conv 1×1, 4)add | )add',
    )
    expect(sketch(outlineOf(graph, concat([left, right, x], 1)))).toBe(
      'images (conv 1×1, 4 (conv 1×1, 4 | conv 1×1, 4) | )concat',
    )
  })

  test('takes x * sigmoid(x) for one activation, and a gate of its own for a fork', () => {
    const graph = new Graph()
    const x = graph.input('images', [1, 4, 8, 8])
    const layer = (name: string, from: Value) => conv(from, graph.parameter(name, [4, 4, 1, 1]))
    const silu = (value: Value) => mul(value, sigmoid(value))
    const parts = outlineOf(graph, silu(layer('a', x)))
    expect(parts.at(-1)).toMatchObject({ label: 'conv 1×1, 4', steps: ['SiLU'] })
    const y = silu(layer('b', x))
    expect(sketch(outlineOf(graph, mul(y, sigmoid(layer('c', y)))))).toBe(
      'images conv 1×1, 4 (conv 1×1, 4 | )multiply',
    )
  })

  test('is drawn as well-formed SVG in which every layer name stands', () => {
    for (const net of ['small', 'googlenet']) {
      const parts = outline(net)
      const drawing = drawNetwork({ title: net, subtitle: '', parts })
      expect(drawing).toMatch(/^<svg [^>]*>.*<\/svg>$/s)
      expect(drawing).not.toMatch(/NaN|undefined|Infinity/)
      for (const { name } of parts) expect(drawing).toContain(name)
    }
  })
})
