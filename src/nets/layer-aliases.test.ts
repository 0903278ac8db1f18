import { describe, expect, it } from 'vitest'
import { imagenetClasses } from './imagenet-classes.ts'
import { likelyLayers } from './layer-aliases.ts'
import { buildOutline, layerNamed, type NetworkPlan } from './network.ts'

const outline = (net: string) => {
  const plan: NetworkPlan = {
    net,
    head: { kind: 'classes', classes: imagenetClasses },
    preprocessing: { size: 224, resize: 256, mean: [0, 0, 0], deviation: [1, 1, 1] },
  }
  return buildOutline(plan)
}

describe('a layer by its name elsewhere', () => {
  it.each([
    ['resnet18', 'layer2', 'stage2'],
    ['resnet18', 'layer3.1', 'stage3.unit2'],
    ['resnet18', 'conv1', 'stem'],
    ['resnet18', 'fc', 'logits'],
    ['resnet18', 'avgpool', 'pool'],
    ['googlenet', 'mixed4c', 'inception_4c/output'],
    ['googlenet', 'inception4c', 'inception_4c/output'],
    ['googlenet', 'inception_4c', 'inception_4c/output'],
    ['googlenet', 'fc', 'logits'],
  ])('of %s, %s means %s', (net, word, meant) => {
    const built = outline(net)
    expect(likelyLayers(word, built.graph.layers.keys())[0]).toBe(meant)
    expect(() => layerNamed(built, word)).toThrow(meant)
    expect(layerNamed(built, meant).shape.length).toBeGreaterThan(1)
  })

  it('is looked for by its spelling where no other tool calls it so', () => {
    expect(likelyLayers('stgae2', outline('resnet18').graph.layers.keys())[0]).toBe('stage2')
  })
})
