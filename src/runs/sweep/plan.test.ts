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
      '--forms',
      'usual',
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

  it('does not use what one machine was calibrated to, unless it is asked to', () => {
    expect(plan({ lr: [0.1] })[0].options.forms).toBe('usual')
    expect(plan({ lr: [0.1] }, { forms: 'calibrated' })[0].options.forms).toBe('calibrated')
  })

  it('is refused, before anything runs, where a value or a name is wrong', () => {
    expect(() => plan({ rate: [0.1] })).toThrow("train has no option 'rate'")
    expect(() => plan({ lr: [-1] })).toThrow('lr: not a value')
    expect(() => plan({ objective: ['nothing'] })).toThrow('objective')
    expect(() => plan({ objective: [{ name: 'epshn', order: 9 }] })).toThrow('option order')
    expect(() => plan({ seed: [0.5] })).toThrow('a seed must be a whole number')
    expect(() => plan({ lr: [0.1, 0.1] })).toThrow('twice')
    expect(() => readSpec('{"data": 1}', 'rates.json')).toThrow('rates.json: data')
    expect(() => readSpec('{', 'rates.json')).toThrow('no JSON')
    expect(() => readSpec('{"data": "cars", "grid": {}, "trian": {}}', 'rates.json')).toThrow('trian')
  })

  it('is refused where an option is misspelt or has no effect, with the nearest name', () => {
    expect(() => plan({ learningRat: [1] })).toThrow(/no option 'learningRat'/)
    expect(() => plan({ epohcs: [1] })).toThrow('Did you mean epochs?')
    expect(() => plan({ objective: [{ name: 'epshn', ordr: 2 }] })).toThrow('Did you mean order?')
    expect(() => plan({ smoothing: [0, 0.1] }, { objective: 'epshn' })).toThrow('no effect')
    expect(() => plan({ lr: [0.1] }, { objective: 'epshn', smoothing: 0.1 })).toThrow('smoothing')
    expect(() => plan({ lr: [0.1] }, { lr: 0.2 })).toThrow("'lr' is in train and in grid")
  })

  it('gives every run only what matters to it', () => {
    const runs = plan({ objective: ['softmax', 'epshn'] }, { smoothing: 0.1, dim: 8 })
    expect(runs.map(({ words }) => words)).toEqual([
      ['--forms', 'usual', '--smoothing', '0.1', '--objective', 'softmax'],
      ['--forms', 'usual', '--dim', '8', '--objective', 'epshn'],
    ])
  })

  it('is planned in a moment for ten thousand runs, and refused before it is multiplied out for more than can be', () => {
    const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed)
    const planned = (seedCount: number) => {
      const { user } = process.cpuUsage()
      const runs = plan({ lr: seeds(100).map(i => 0.001 * (i + 1)), seed: seeds(seedCount) })
      return { names: new Set(runs.map(({ name }) => name)).size, time: process.cpuUsage().user - user }
    }
    planned(2)
    const [few, many] = [planned(10), planned(100)]
    expect([few.names, many.names]).toEqual([1000, 10_000])
    // Ten times the runs take about ten times as long, whatever else the machine and the process have to do.
    expect(many.time / few.time).toBeLessThan(40)
    const thousand = seeds(1000)
    expect(() => plan({ lr: thousand, dim: thousand, seed: thousand })).toThrow(
      /1000 of lr x 1000 of dim .* = 1000000000/,
    )
  })

  it('has no folder that a file system cannot name, and no specification that overflows the stack', () => {
    const weights = ['a', 'b'].map(letter => `${'deep/'.repeat(200)}${letter}.pth`)
    const names = plan({ weights }).map(({ name }) => name)
    expect(new Set(names).size).toBe(2)
    for (const name of names) expect(name).toMatch(/^[\w.=+-]{1,180}$/)
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(() => readSpec(`{"data": "cars", "grid": {"lr": ${deep}}}`, 'rates.json')).toThrow('levels deep')
    expect(() => readSpec('{"data": "ca\\u0000rs", "grid": {}}', 'rates.json')).toThrow('NUL')
  })
})
