import { describe, expect, it } from 'vitest'
import { planSweep, readSpec } from './plan.ts'

const spec = (grid: object, train: object = {}) =>
  readSpec(JSON.stringify({ data: 'cars', train, grid }), 'rates.json')
const plan = (grid: object, train?: object) => planSweep(spec(grid, train), 'rates.json')

describe('a sweep', () => {
  it('is its grid multiplied out, every run with a name and the line that it belongs to', () => {
    const objective = ['epshn', { name: 'epshn', order: 2 }]
    const runs = plan({ objective, lr: [0.01, 0.1], seed: [0, 1] }, { net: 'small', dim: 16 })
    expect(runs).toHaveLength(8)
    expect(runs.map(({ name }) => name).slice(0, 3)).toEqual([
      'epshn_lr-0.01_seed-0',
      'epshn_lr-0.01_seed-1',
      'epshn_lr-0.1_seed-0',
    ])
    expect(new Set(runs.map(({ series }) => series))).toEqual(new Set(['epshn', 'epshn order 2']))
    expect(runs[7]).toMatchObject({
      seed: 1,
      options: { net: 'small', dim: 16, objective: 'epshn', set: ['order=2'], lr: 0.1 },
    })
  })

  it('hands its options to train as words', () => {
    const [run] = plan(
      { lr: [0.1] },
      { nesterov: false, holdOutClasses: 0.5, objective: { name: 'epshn', order: 2 } },
    )
    expect(run.words).toEqual([
      '--no-nesterov',
      '--hold-out-classes',
      '0.5',
      '--lr',
      '0.1',
      '--objective',
      'epshn',
      '--set',
      'order=2',
    ])
  })

  it('may vary anything that train takes, which then names the line', () => {
    const runs = plan({ dim: [8, 16], lr: [0.1] }, { objective: 'epshn' })
    expect(runs.map(({ series }) => series)).toEqual(['dim 8', 'dim 16'])
  })

  it('is refused, before anything runs, where a value or a name is wrong', () => {
    expect(() => plan({ rate: [0.1] })).toThrow("train has no option 'rate'")
    expect(() => plan({ lr: [-1] })).toThrow('--lr')
    expect(() => plan({ objective: ['nothing'] })).toThrow('--objective')
    expect(() => plan({ objective: [{ name: 'epshn', order: 9 }] })).toThrow('option order')
    expect(() => plan({ seed: [0.5] })).toThrow('a seed must be a whole number')
    expect(() => plan({ lr: [0.1, 0.1] })).toThrow('twice')
    expect(() => readSpec('{"data": 1}', 'rates.json')).toThrow('rates.json: data')
    expect(() => readSpec('{', 'rates.json')).toThrow('no JSON')
    expect(() => readSpec('{"data": "cars", "grid": {}, "trian": {}}', 'rates.json')).toThrow('trian')
  })
})
