import { describe, expect, it } from 'vitest'
import { float32, type Shape, tensor } from '../graph/tensor.ts'
import { matchWeights, weightsError } from './match.ts'

const wanted = new Map<string, Shape>([
  ['stem.weight', [2, 1]],
  ['stem.bias', [2]],
  ['fc.weight', [1, 2]],
])

describe('matching weights', () => {
  it('gives the wanted names, in their order, whatever the file calls them', () => {
    const match = matchWeights(
      wanted,
      new Map([
        ['head/kernel', float32([1, 2], [1, 2])],
        ['conv0/bias', float32([2], [3, 4])],
        ['conv0/kernel', float32([2, 1], [5, 6])],
        ['steps', float32([], [9])],
      ]),
      name =>
        name === 'steps'
          ? undefined
          : name
              .replace('conv0', 'stem')
              .replace('head', 'fc')
              .replace('/kernel', '.weight')
              .replace('/', '.'),
    )
    expect([...match.tensors.keys()]).toEqual(['stem.weight', 'stem.bias', 'fc.weight'])
    expect(match.tensors.get('stem.weight')).toEqual(float32([2, 1], [5, 6]))
    expect(weightsError(match, 'a.pth')).toBeUndefined()
  })

  it('gives float32, whatever the file keeps', () => {
    const half = tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000))
    const { tensors } = matchWeights(new Map([['bias', [2]]]), new Map([['bias', half]]))
    expect(tensors.get('bias')).toEqual(float32([2], [1, -2]))
  })

  it('tells all that does not fit in one error', () => {
    const match = matchWeights(
      wanted,
      new Map([
        ['stem.weight', float32([1, 2], [5, 6])],
        ['fc.weight', float32([1, 2], [1, 2])],
        ['extra', float32([], [1])],
      ]),
    )
    expect(match).toMatchObject({
      missing: ['stem.bias'],
      superfluous: ['extra'],
      wrongShape: [{ name: 'stem.weight', foreign: 'stem.weight', expected: [2, 1], got: [1, 2] }],
    })
    expect(weightsError(match, 'a.pth')?.message).toBe(
      "a.pth: the weights do not fit the network: 1 missing: 'stem.bias'; " +
        "1 of another shape: 'stem.weight' is [1, 2] instead of [2, 1]; 1 superfluous: 'extra'. " +
        'Name the network that these weights were made for',
    )
  })

  it('tells all where most fits, the names of one layer together', () => {
    const names = ['weight', 'bias', 'running_mean', 'running_var']
    const layers = Array.from({ length: 24 }, (_, i) => `layer1.${i}.bn`)
    const all = layers.flatMap(layer => names.map(name => `${layer}.${name}`))
    const found = new Map(all.slice(48).map(name => [name, float32([1], [1])]))
    const message = weightsError(matchWeights(new Map(all.map(name => [name, [1]])), found), 'a.pth')?.message
    for (const layer of layers.slice(0, 12))
      expect(message).toContain(`'${layer}.{weight, bias, running_mean, running_var}'`)
    expect(message).toContain('48 missing: ')
  })

  it('shortens what does not fit at all to a few examples and a count', () => {
    const many = new Map(Array.from({ length: 300 }, (_, i) => [`layer${i}`, [1]] as const))
    const message = weightsError(matchWeights(many, new Map()), 'a.pth')?.message
    expect(message).toContain("300 missing: 'layer0', 'layer1', 'layer2', 'layer3' and 296 more.")
  })

  it('does not let a second tensor of the same name slip by', () => {
    const found = new Map([
      ['a', float32([1], [1])],
      ['module.a', float32([1], [2])],
    ])
    const match = matchWeights(new Map([['a', [1]]]), found, name => name.replace('module.', ''))
    expect(match.tensors.get('a')).toEqual(float32([1], [1]))
    expect(match.superfluous).toEqual(['module.a'])
  })
})
