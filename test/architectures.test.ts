/**
 * Every architecture of torchvision against torchvision itself: fixtures/architectures.json, recorded in float64 by
 * oracles/architectures.py. Light ones are always
 * tried, the others with `GLASSHOUSE_THOROUGH=1`, or by name: `GLASSHOUSE_NETS=swin_b,vgg16`, which prints what it finds.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gradient } from '../src/graph/gradient.ts'
import { gather, reshape } from '../src/graph/ops/layout.ts'
import { reduceSum } from '../src/graph/ops/reduce.ts'
import { int64, type Tensor } from '../src/graph/tensor.ts'
import { buildNetwork, type NetworkPlan } from '../src/nets/network.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { evaluate } from '../src/runtime/engine.ts'
import { fill, fillNetwork } from './fill.ts'
import { complete, thorough } from './thorough.ts'

interface Recorded {
  net: string
  size: number
  /** of the filled kernels and matrices */
  gain?: number
  logits: number[]
  norm: number
  gradient: number[]
  gradientNorm: number
  /** of PyTorch's own float32, of logits and gradient: largest difference over largest entry */
  spread: [number, number]
}

const path = new URL('fixtures/architectures.json', import.meta.url)
const recorded: { forward: Recorded[] } = JSON.parse(readFileSync(path, 'utf8'))
const engine = await createEngine()

/** Light ones; the wide linear layers of VGG take longest, see adaptive-pool.test.ts. */
const always = new Set([
  ...['squeezenet1_0', 'mobilenet_v3_small', 'efficientnet_b0', 'regnet_x_400mf', 'shufflenet_v2_x0_5'],
  ...(complete
    ? [
        'googlenet-torchvision',
        'densenet121',
        'efficientnet_v2_s',
        'convnext_tiny',
        'regnet_y_400mf',
        'mnasnet0_5',
        'swin_t',
      ]
    : []),
])
const asked = process.env.GLASSHOUSE_NETS?.split(',')
const tried = recorded.forward.filter(({ net }) => asked?.includes(net) ?? (thorough || always.has(net)))

/** The entries that the oracle recorded: every (n / 12)-th. */
const some = ({ data }: Tensor): number[] => {
  const stride = Math.max(1, Math.floor(data.length / 12))
  return Array.from({ length: 12 }, (_, i) => Number(data[i * stride]))
}
const norm = ({ data }: Tensor): number => {
  let sum = 0
  for (const value of data) sum += Number(value) ** 2
  return Math.sqrt(sum)
}

/** Largest difference, relative to the root of the mean square of all entries: some may be small by chance. */
function apart(ours: Tensor, theirs: readonly number[], theirNorm: number): number {
  const scale = theirNorm / Math.sqrt(ours.data.length)
  return Math.max(...some(ours).map((value, i) => Math.abs(value - theirs[i]))) / scale
}

describe('logits and the gradient of one by the image agree with torchvision', () => {
  test.each(tried)('$net', async reference => {
    const { net, size, spread, gain } = reference
    const plan: NetworkPlan = {
      net,
      head: { kind: 'classes', classes: Array.from({ length: 1000 }, (_, i) => `class ${i}`) },
      preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
    }
    const { graph, output, images } = buildNetwork(plan, { batch: 2 })
    const one = gather(reshape(output, [2000]), graph.constant(int64([1], [7])))
    const [slope] = gradient(reduceSum(one), [images])
    const result = await evaluate(
      engine,
      { graph, outputs: { logits: output, slope }, parameters: fillNetwork(plan, gain) },
      { images: fill('images', [2, 3, size, size], Math.sqrt(12)) },
    )
    const [logits, gradients] = [result.logits, result.slope]
    // Where PyTorch's own float32 is farther from float64 than the tolerance, so may ours be.
    const tolerance = [Math.max(1e-4, 4 * spread[0]), Math.max(1e-3, 4 * spread[1])]
    const found = [
      apart(logits, reference.logits, reference.norm),
      // Half of the gradient is 0: the other image.
      apart(gradients, reference.gradient, reference.gradientNorm),
    ]
    if (asked)
      console.log(
        net,
        found,
        spread,
        norm(logits) / reference.norm - 1,
        norm(gradients) / reference.gradientNorm - 1,
      )
    expect(found[0]).toBeLessThan(tolerance[0])
    expect(found[1]).toBeLessThan(tolerance[1])
    expect(Math.abs(norm(logits) / reference.norm - 1)).toBeLessThan(tolerance[0])
    expect(Math.abs(norm(gradients) / reference.gradientNorm - 1)).toBeLessThan(tolerance[1])
  })
})
