import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPrefix, isAverage, withoutWrappers } from './prefix.ts'

const own = [
  'conv1.weight',
  'layer1.0.conv1.weight',
  'layer1.0.bn1.weight',
  'layer1.0.bn1.bias',
  'fc.weight',
  'fc.bias',
]
const isOwn = (name: string) => own.includes(name)
const find = (names: string[]) => findPrefix(names, isOwn, own.length)

describe('the prefix of a network', () => {
  it('is found whatever programs wrapped it in, with whatever lies beside it', () => {
    const part = fc.constantFrom(
      'model',
      'net',
      'backbone',
      'encoder',
      'module',
      '_orig_mod',
      'student',
      'a_b',
      'x1',
    )
    const beside = fc.constantFrom(
      'loss.weight',
      'n_averaged',
      'criterion.proxies',
      'head.0.weight',
      'aux.bias',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.uniqueArray(beside), (parts, others) => {
        const prefix = parts.map(name => `${name}.`).join('')
        const result = find([...others, ...own.map(name => prefix + name)])
        expect(result.prefix).toBe(withoutWrappers(prefix))
        for (const name of own) expect(result.names.get(name)).toBe(prefix + name)
        expect([...result.names.keys(), ...result.beside]).toHaveLength(own.length + others.length)
      }),
    )
  })

  it('is that of the weights themselves where an average of them lies beside', () => {
    for (const average of [
      'ema.',
      'model_ema.',
      'ema_model.module.',
      'teacher.',
      'swa_model.',
      'averaged_model.',
    ]) {
      expect(isAverage(average)).toBe(true)
      for (const order of [0, 1]) {
        const names = [average, 'a_long_name_of_a_model.'].flatMap(prefix => own.map(name => prefix + name))
        const result = find(order ? names.reverse() : names)
        expect(result.prefix).toBe('a_long_name_of_a_model.')
        expect(result.copies).toEqual([withoutWrappers(average)])
      }
    }
  })

  it('is none where less than half of the network is there', () => {
    expect(find(['model.fc.weight', 'model.fc.bias']).prefix).toBe('')
  })

  it('leaves out wrappers inside of names', () => {
    expect(withoutWrappers('model.module.layer1._orig_mod.0.conv1.weight')).toBe(
      'model.layer1.0.conv1.weight',
    )
    expect(withoutWrappers('my_module.weight')).toBe('my_module.weight')
  })
})
