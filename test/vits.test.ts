/**
 * Vision transformers in every layout that they are published in, against an implementation in PyTorch that was written
 * from the papers (oracles/vits.py, float64): small ones always, whole ones with `GLASSHOUSE_THOROUGH=1`.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gradient } from '../src/graph/gradient.ts'
import { Graph, type Value } from '../src/graph/graph.ts'
import { gather, reshape } from '../src/graph/ops/layout.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { int64, type Shape, sizeOf, type Tensor } from '../src/graph/tensor.ts'
import { openWeights } from '../src/models/open-weights.ts'
import { type Building, linearLayer, startBuilding } from '../src/nets/building.ts'
import { buildNetwork } from '../src/nets/network.ts'
import { timmNames, type VitPlan, vitTrunk } from '../src/nets/vit.ts'
import { timmLayout } from '../src/nets/vit-layouts.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { fill, fillParameter } from './fill.ts'
import { thorough } from './thorough.ts'

interface Recorded {
  net?: string
  layout: string
  size: [number, number]
  plan: {
    patch: number
    grid: number
    width: number
    depth: number
    heads: number
    activation: VitPlan['activation']
    eps: number
    smooth?: boolean
    outputs?: number
  }
  names: Record<string, Shape>
  block: Record<string, Shape>
  pattern: string
  output: number[]
  norm: number
  gradient: number[]
  gradientNorm: number
}

const recorded: { small: Recorded[]; whole: Recorded[] } = JSON.parse(
  readFileSync(new URL('fixtures/vits.json', import.meta.url), 'utf8'),
)
const engine = await createEngine()

/** The file that the layout's publisher would write. */
function fileOf({ names, block, pattern, plan }: Recorded): Map<string, Tensor> {
  const blocks = Array.from({ length: plan.depth }, (_, index) =>
    Object.entries(block).map(
      ([name, shape]) => [`${pattern.replace('{}', `${index}`)}.${name}`, shape] as const,
    ),
  )
  const all = [...Object.entries(names), ...blocks.flat()]
  return new Map(all.map(([name, shape]) => [name, fillParameter(name, shape)]))
}

function expectAgreement(reference: Recorded, output: Tensor, slope: Tensor): void {
  for (const [ours, theirs, norm, tolerance] of [
    [output, reference.output, reference.norm, 1e-4],
    [slope, reference.gradient, reference.gradientNorm, 1e-3],
  ] as const) {
    const { data } = ours
    const stride = Math.max(1, Math.floor(data.length / 24))
    const scale = norm / Math.sqrt(data.length)
    for (const [i, value] of theirs.entries())
      expect(Math.abs(Number(data[i * stride]) - value) / scale).toBeLessThan(tolerance)
    const own = Math.sqrt(Array.from(data, Number).reduce((sum, value) => sum + value * value, 0))
    expect(Math.abs(own / norm - 1)).toBeLessThan(tolerance)
  }
}

async function compute(
  reference: Recorded,
  images: Value,
  output: Value,
  parameters: ReadonlyMap<string, Tensor>,
): Promise<void> {
  const { graph } = images
  const one = gather(reshape(output, [sizeOf(output.shape)]), graph.constant(int64([1], [7])))
  const [slope] = gradient(reduceSum(one), [images])
  const result = await evaluate(
    engine,
    { graph, outputs: { output, slope }, parameters },
    { images: fill('images', images.shape, Math.sqrt(12)) },
  )
  expectAgreement(reference, result.output, result.slope)
}

describe('a small transformer agrees with PyTorch in the layout of', () => {
  test.each(recorded.small)('$layout', async reference => {
    const { layout, plan, size } = reference
    const { eps: epsilon, smooth: smoothPositions, outputs, ...rest } = plan
    const isSiglip = layout === 'hf-siglip'
    const hasRegisters = layout === 'meta-dinov2'
    const trunk = vitTrunk({
      ...rest,
      epsilon,
      smoothPositions,
      names: timmNames,
      registers: hasRegisters ? 4 : 0,
      classPosition: !isSiglip && !hasRegisters,
      layerScale: layout.endsWith('dinov2') ? 1 : undefined,
      normFirst: layout.endsWith('clip'),
      pool: isSiglip ? 'attention' : 'class',
    })
    const graph = new Graph()
    const building: Building = startBuilding(graph, 'inference')
    const images = graph.input('images', [2, 3, ...size])
    const { vector } = trunk(building, images)
    const output =
      outputs === undefined
        ? vector
        : linearLayer(building, 'head', vector, outputs, layout.endsWith('clip') ? { bias: false } : {})
    const parameters = timmLayout(fileOf(reference))
    // Every tensor of the file is used, in the shape that the network declares.
    expect([...parameters].map(([name, { shape }]) => `${name} ${shape}`).sort()).toEqual(
      [...building.parameters].map(([name, { shape }]) => `${name} ${shape}`).sort(),
    )
    await compute(reference, images, output, parameters)
  })
})

describe.runIf(thorough)('a whole file is recognised, and agrees with PyTorch', { timeout: 300_000 }, () => {
  test.each(recorded.whole)('$net in the layout $layout', async reference => {
    const { network } = openWeights({ tensors: fileOf(reference), metadata: {} }, 'model.safetensors')
    expect(network.net).toBe(reference.net)
    const { images, output } = buildNetwork(network, { batch: 2 })
    await compute(reference, images, output, network.parameters)
  })
})
