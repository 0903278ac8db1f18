import { describe, expect, it } from 'vitest'
import { objectiveNamed } from '../objectives/registry.ts'
import { requireConsistent, requireUsed, usedOptions } from './train-checks.ts'
import { trainOptions } from './train-options.ts'

const refused = (given: Record<string, unknown>) => {
  const options = trainOptions.parse(given)
  try {
    requireUsed(Object.keys(given), options, objectiveNamed(options.objective))
  } catch (error) {
    return (error as Error).message
  }
  return undefined
}

describe('an option that was given and has no effect is refused', () => {
  it.each([
    [{ objective: 'epshn', smoothing: 0.1 }, '--smoothing'],
    [{ objective: 'softmax', perClass: 4 }, '--per-class'],
    [{ objective: 'proxy-nca', perClass: 4 }, '--per-class'],
    [{ objective: 'softmax', coverage: 'once' }, '--coverage'],
    [{ objective: 'softmax', dim: 32 }, '--dim'],
    [{ optimizer: 'adam', momentum: 0.5 }, '--momentum'],
    [{ optimizer: 'adamw', nesterov: false }, '--nesterov'],
    [{ holdOutBy: 'random' }, '--hold-out-by'],
    [{ resume: 'runs/train-1', lr: 0.1 }, '--lr'],
    [{ optimizer: 'sgd', beta1: 0.8 }, '--beta1'],
    [{ weightDecay: 0, decayNorms: false }, '--decay-norms'],
    [{ schedule: 'cosine', rise: 0.2 }, '--rise'],
    [{ schedule: 'one-cycle', stepFactor: 0.2 }, '--step-factor'],
    [{ objective: 'epshn', mixup: 0.2 }, '--mixup'],
    [{ objective: 'ep', classWeights: 'balanced' }, '--class-weights'],
    [{ randLayers: 3 }, '--rand-layers'],
    [{ loraAlpha: 3 }, '--lora-alpha'],
  ])('%j', (given, flag) => {
    expect(refused(given)).toContain(`${flag}: this option would have no effect`)
  })

  it.each([
    [{ objective: 'softmax', smoothing: 0.1 }],
    [{ objective: 'epshn', perClass: 4, dim: 32, coverage: 'once' }],
    [{ optimizer: 'sgd', momentum: 0, nesterov: false }],
    [{ objective: 'epshn', holdOutClasses: 0.5, holdOutBy: 'random' }],
    [{ resume: 'runs/train-1', checkpointEvery: 5, strict: true, epochs: 40, patience: 3 }],
    [{ cutmix: 1, randAugment: 9, randLayers: 1, classWeights: 'balanced', beta2: 0.9, optimizer: 'adam' }],
    [{ objective: 'triplet', set: ['margin=0.3', 'mining=hard'], lr: 0.1, warmup: 3 }],
  ])('%j is fine', given => {
    expect(refused(given)).toBeUndefined()
    const options = trainOptions.parse(given)
    requireConsistent(options, { objective: objectiveNamed(options.objective) })
  })

  it('and left out of what several runs share', () => {
    const options = trainOptions.parse({ objective: 'epshn', smoothing: 0.1, dim: 8 })
    expect(usedOptions(['objective', 'smoothing', 'dim'], options, objectiveNamed('epshn'))).toEqual([
      'objective',
      'dim',
    ])
  })
})

describe('options of the objective', () => {
  const fault = (objective: string, ...set: string[]) => {
    try {
      requireConsistent(trainOptions.parse({ objective, set }), { objective: objectiveNamed(objective) })
    } catch (error) {
      return (error as Error).message
    }
    return undefined
  }

  it('are answered with the nearest name where they are misspelt', () => {
    expect(fault('triplet', 'minig=hard')).toContain('Did you mean mining?')
    expect(fault('epshn', 'temprature=0.1')).toContain('Did you mean temperature?')
    expect(fault('epshn', 'Order=2')).toContain('Did you mean order?')
  })

  it('are listed where none is near', () => {
    expect(fault('softmax', 'margin=0.1')).toContain(
      "no option 'margin' (expected one of smoothing, focal, classWeights)",
    )
  })

  it('are given once, as key=value', () => {
    expect(fault('epshn', 'order=1', 'order=2')).toContain('twice')
    expect(fault('epshn', 'order')).toContain('key=value')
    expect(fault('epshn', 'order=1=2')).toContain('key=value')
    expect(fault('epshn', 'order=2', 'temperature=0.2')).toBeUndefined()
  })
})
