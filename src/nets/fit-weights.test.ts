import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gate, thorough } from '../../test/thorough.ts'
import { float32, type Tensor } from '../graph/tensor.ts'
import { architectures, headPrefix } from './architectures.ts'
import { fitWeights, ownWeights, wantedShapes } from './fit-weights.ts'
import { looksLikeEmbedding } from './head-guess.ts'
import { initialParameters, type NetworkPlan } from './network.ts'
import { recogniseNetwork } from './recognise.ts'

const planOf = (net: string, dim: number): NetworkPlan => ({
  net,
  head: { kind: 'embedding', dim },
  preprocessing: { size: 32, resize: 32, mean: [0, 0, 0], deviation: [1, 1, 1] },
})
const plan = planOf('small', 7)
const original = initialParameters(plan, 3)
const one = float32([1], Float32Array.of(1))

describe('the weights of a checkpoint', () => {
  it('are the same under any prefix, with those of a loss and an average beside them', () => {
    const prefixes = [
      '',
      'model.',
      'net.',
      'backbone.',
      'encoder.',
      'module.model.',
      'model.module.',
      '_orig_mod.',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), fc.boolean(), fc.boolean(), (prefix, loss, average) => {
        const file = new Map<string, Tensor>([
          ...(average ? [...original].map(([name, tensor]) => [`ema.${name}`, tensor] as const) : []),
          ...(loss ? ([['loss.weight', one]] as const) : []),
          ...[...original].map(([name, tensor]) => [prefix + name, tensor] as const),
        ])
        const { tensors, notes } = ownWeights('small', file)
        expect(fitWeights(plan, tensors, 'a.pth')).toEqual(original)
        expect(notes.some(note => note.includes('loss.weight'))).toBe(loss)
        expect(notes.some(note => note.includes('again under ema.'))).toBe(average)
      }),
      { numRuns: 30 },
    )
  })

  it('are not those of a network that goes on where this one ends', () => {
    const larger = new Map<string, Tensor>([...original].map(([name, tensor]) => [`model.${name}`, tensor]))
    const [first] = original.keys()
    larger.set(`model.${first.split('.')[0]}.7.weight`, one)
    expect(() => fitWeights(plan, ownWeights('small', larger).tensors, 'a.pth')).toThrow(/1 superfluous/)
  })

  it('may have a head behind a dropout, or one without a bias', () => {
    const file = new Map<string, Tensor>(original)
    file.set('fc.1.weight', file.get('fc.weight')!)
    file.delete('fc.weight')
    file.delete('fc.bias')
    const fitted = fitWeights(plan, ownWeights('small', file).tensors, 'a.pth')
    expect(fitted.get('fc.weight')).toEqual(original.get('fc.weight'))
    expect([...fitted.get('fc.bias')!.data]).toEqual([0, 0, 0, 0, 0, 0, 0])
  })
})

describe('a network', () => {
  const few = [
    ...['small', 'resnet18', 'squeezenet1_1', 'mobilenet_v2', 'cifar-resnet20', 'shufflenet_v2_x1_5'],
  ]
  /** Of each family the one with the fewest parameters, and those that are easily confused. */
  const tried = [
    ...few,
    ...['resnet34', 'resnet18v2', 'vit_small_patch16_224', 'regnet_x_400mf'],
    ...['resnet152', 'wide_resnet50_2', 'resnext50_32x4d', 'googlenet-torchvision', 'squeezenet1_0', 'vgg11'],
    ...['vgg13_bn', 'alexnet', 'densenet121', 'mobilenet_v3_large', 'efficientnet_b2', 'efficientnet_v2_m'],
    ...['convnext_tiny', 'convnext_small', 'regnet_y_800mf', 'mnasnet1_0', 'swin_t', 'swin_s'],
    ...['vit_b_16', 'dinov2_base', 'dinov2_base_reg'],
    ...['clip_vit_b_16', 'siglip_base_patch16_224'],
  ]

  it.each(thorough ? [...architectures.keys()] : gate ? tried : few)(
    '%s is recognised by names and shapes, with or without its head, behind any prefix',
    net => {
      const head = headPrefix(net)
      const shapes = [...wantedShapes(net)]
      // The content of large ones is not looked at, so it is not made.
      const empty = (shape: readonly number[]): Tensor => {
        const size = shape.reduce((a, b) => a * b, 1)
        return { dtype: 'float32', shape, data: new Float32Array(size < 1e5 ? size : 0) }
      }
      for (const prefix of ['', 'model.', 'backbone.module.', '_orig_mod.encoder.net.']) {
        const file = new Map(shapes.map(([name, shape]) => [`${prefix}${name}`, empty(shape)]))
        file.set('loss.proxies', empty([10, 64]))
        if (prefix) for (const [name, shape] of shapes) file.set(`ema.${name}`, empty(shape))
        expect(recogniseNetwork(file, 'a.pth')).toBe(net)
        for (const name of [...file.keys()]) if (name.includes(head)) file.delete(name)
        if (prefix) expect(recogniseNetwork(file, 'a.pth')).toBe(net)
      }
    },
  )

  it('that is not known is refused with the nearest one', () => {
    const file = new Map<string, Tensor>(original)
    file.delete([...file.keys()][0])
    expect(() => recogniseNetwork(file, 'a.pth')).toThrow(
      /a\.pth: the weights are those of no network .*nearest to small/,
    )
  })
})

it('round widths are those of embeddings', () => {
  expect([32, 64, 128, 192, 512, 768, 1280, 2048].every(looksLikeEmbedding)).toBe(true)
  expect([1, 2, 10, 12, 100, 365, 1000, 1001].some(looksLikeEmbedding)).toBe(false)
})
