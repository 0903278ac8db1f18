/**
 * Every family of architectures learns: a few steps on a handful of images lower the loss. Light families in continuous
 * integration, those with many blocks with the complete form, those with tens of millions of parameters every night.
 */
import { describe, expect, test } from 'vitest'
import { random } from '../src/base/random.ts'
import { imagenetStatistics } from '../src/data/store.ts'
import { architectureNamed, architectures } from '../src/nets/architectures.ts'
import { initialParameters, type NetworkPlan } from '../src/nets/network.ts'
import { bindObjective } from '../src/objectives/objective.ts'
import { objectiveNamed } from '../src/objectives/registry.ts'
import { createEngine } from '../src/runtime/engine.node.ts'
import { createTrainingStep } from '../src/training/step.ts'
import { complete, gate, thorough } from './thorough.ts'

/** The lightest of each family, which names are of the family, and whether it is tried here; always unless given. */
const families: readonly { net: string; of: RegExp; tier?: boolean }[] = [
  { net: 'small', of: /^small$/ },
  { net: 'cifar-resnet20', of: /^cifar-/ },
  { net: 'resnet18', of: /^(resnet|wide_resnet|resnext)[^v]*$/, tier: complete },
  { net: 'resnet18v2', of: /^resnet\d+v2/, tier: complete },
  { net: 'squeezenet1_1', of: /^squeezenet/ },
  { net: 'googlenet', of: /^(googlenet|inception)/, tier: complete },
  { net: 'mobilenet_v2', of: /^mobilenet_v2/, tier: complete },
  { net: 'mobilenet_v3_small', of: /^mobilenet_v3/ },
  { net: 'mnasnet0_5', of: /^mnasnet/ },
  { net: 'shufflenet_v2_x0_5', of: /^shufflenet/ },
  { net: 'regnet_x_400mf', of: /^regnet/ },
  { net: 'efficientnet_b0', of: /^efficientnet_b/, tier: complete },
  { net: 'densenet121', of: /^densenet/, tier: complete },
  { net: 'efficientnet_v2_s', of: /^efficientnet_v2/, tier: complete },
  { net: 'convnext_tiny', of: /^convnext/, tier: complete },
  { net: 'swin_t', of: /^swin/, tier: complete },
  { net: 'vit_tiny_patch16_224', of: /^vit_/ },
  { net: 'dinov2_small', of: /^dinov2/, tier: complete },
  { net: 'clip_vit_b_32', of: /^clip/, tier: thorough },
  { net: 'siglip_base_patch16_224', of: /^siglip/, tier: thorough },
  { net: 'alexnet', of: /^alexnet/, tier: thorough },
  { net: 'vgg11', of: /^vgg/, tier: thorough },
]

test('every architecture is of one of the families', () => {
  for (const name of architectures.keys())
    expect(families.filter(({ of }) => of.test(name)).length, name).toBe(1)
})

const engine = await createEngine()
const classes = ['a', 'b', 'c', 'd']
const [batch, steps, rate] = [4, 6, 3e-4]
/**
 * At 32 pixels the last maps are single pixels. Batch normalisation of four numbers has gradients of a million, and
 * rounding alone decides whether the loss falls.
 */
const smallest = 64

async function lossesOf(net: string): Promise<number[]> {
  const size = Math.max(smallest, architectureNamed(net).minimumSize)
  const plan: NetworkPlan = {
    net,
    head: { kind: 'classes', classes },
    preprocessing: { size, resize: size, ...imagenetStatistics },
  }
  const step = await createTrainingStep(
    engine,
    {
      network: plan,
      batch,
      objective: bindObjective(objectiveNamed('softmax'), { smoothing: 0 }),
      optimiser: { name: 'adam', momentum: 0, nesterov: false, weightDecay: 0 },
    },
    initialParameters(plan, 0),
  )
  const { normal } = random(0, 'images')
  const images = Float32Array.from({ length: batch * 3 * size * size }, () => normal())
  const losses: number[] = []
  try {
    for (let index = 0; index < steps; index++)
      losses.push((await step.run(images, [0, 1, 2, 3], rate, index)).loss)
  } finally {
    await step.dispose()
  }
  return losses
}

describe.runIf(gate)('the loss falls', () => {
  test.each(families.filter(({ tier = true }) => tier).map(({ net }) => net))('%s', async net => {
    const losses = await lossesOf(net)
    expect(losses.every(Number.isFinite), losses.join(' ')).toBe(true)
    expect(losses.at(-1), losses.join(' ')).toBeLessThan(losses[0] - 0.05)
  })
})
