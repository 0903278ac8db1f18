/** Linear probes: against scikit-learn, what they are fed, how data is divided for them, and the command. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { glasshouse } from '../../../test/command-line.ts'
import { seedlings } from '../../../test/seedlings.ts'
import { gate } from '../../../test/thorough.ts'
import type { Dataset, Split } from '../../data/dataset.ts'
import { sizeOf } from '../../graph/tensor.ts'
import { buildOutline } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import type { Engine } from '../../runtime/engine.ts'
import { linearProbe, standardised } from '../../training/linear-probe.ts'
import { divideForProbe } from './division.ts'
import { nearestAccuracy } from './nearest.ts'
import { pooledLayer } from './pooling.ts'
import { layersToProbe } from './probe.node.ts'

let engine: Engine
beforeAll(async () => {
  engine = await createEngine({ threads: 1 })
})

describe('a probe beside scikit-learn (fixture by oracles/probes.py)', () => {
  const recorded = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../test/fixtures/probes.json'), 'utf8'),
  )
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
  const [rows, labels] = [bytes(recorded.rows), bytes(recorded.labels)]
  const matrix = new Int8Array(bytes(recorded.matrix))
  const digits = Float32Array.from(rows)

  /** The digits times the matrix, and what is below 0 cut off. */
  function randomFeatures(): Float32Array {
    const width = matrix.length / 64
    const features = new Float32Array(labels.length * width)
    for (let row = 0; row < labels.length; row++)
      for (let k = 0; k < 64; k++)
        for (let c = 0; c < width; c++)
          features[row * width + c] += digits[row * 64 + k] * matrix[k * width + c]
    return features.map(value => Math.max(0, value))
  }

  it.each(['digits', 'random'])(
    '%s: as good as logistic regression, and as its neighbours',
    async name => {
      const features = name === 'digits' ? digits : randomFeatures()
      const dim = features.length / labels.length
      const cut = recorded.trained
      const scaled = standardised(features.subarray(0, cut * dim), features.subarray(cut * dim), dim)
      const train = { features: scaled.train, labels: labels.subarray(0, cut) }
      const test = { features: scaled.test, labels: labels.subarray(cut) }
      const { accuracy } = await linearProbe(engine, train, test, {
        ...{ dim, classes: 10, leastSteps: 600, folds: 2 },
      })
      expect(Math.abs(accuracy - recorded[name].linear)).toBeLessThan(0.02)
      const nearest = await nearestAccuracy(engine, train, test, { dim, classes: 10, count: 10 })
      // Ties go to another class there.
      expect(Math.abs(nearest - recorded[name].nearest)).toBeLessThan(0.02)
    },
    30_000,
  )
})

const plan = {
  net: 'small',
  head: { kind: 'classes' as const, classes: ['a', 'b'] },
  preprocessing: {
    size: 50,
    resize: 50,
    mean: [0, 0, 0] as [number, number, number],
    deviation: [1, 1, 1] as [number, number, number],
  },
}

describe('pooling', () => {
  const built = buildOutline(plan)

  it.each(['stem', 'stage1', 'stage2', 'stage3', 'stage4'])('%s comes near the wanted number', layer => {
    for (const pool of ['max', 'average'] as const)
      for (const wanted of [256, 1000, 4000]) {
        const own = sizeOf(built.graph.layers.get(layer)!.shape)
        const width = sizeOf(pooledLayer(built, layer, wanted, pool).shape)
        if (own <= wanted) expect(width).toBe(own)
        else {
          expect(width).toBeGreaterThan(0.3 * wanted)
          expect(width).toBeLessThan(2.3 * wanted)
        }
      }
  })

  it('leaves vectors as they are, and refuses layers that are not there', () => {
    expect(pooledLayer(built, 'pool', 10, 'max').shape).toEqual([1, 256])
    expect(() => pooledLayer(built, 'stage9', 10, 'max')).toThrow(/no such layer/)
  })
})

describe('the division', () => {
  const dataOf = (rows: readonly (readonly [label: number, split: Split | undefined])[]) =>
    ({
      root: 'drawn',
      classes: ['a', 'b', 'c', 'd'],
      items: rows.map(([label, split], index) => ({ path: `${index}.png`, label, split })),
    }) as unknown as Dataset
  const times = (count: number, label: number, split?: Split) =>
    Array.from({ length: count }, () => [label, split] as const)

  it('is that of the data', () => {
    const data = dataOf([...times(3, 0, 'train'), ...times(3, 1, 'train'), ...times(2, 0, 'test')])
    const { train, test, classes, notes } = divideForProbe(data, 0.2, 0)
    expect([[...train], [...test], classes, notes]).toEqual([[0, 1, 2, 3, 4, 5], [6, 7], [0, 1], []])
  })

  it('holds some out where the data is not divided', () => {
    const { train, test } = divideForProbe(dataOf([...times(10, 0), ...times(10, 1)]), 0.2, 0)
    expect([train.length, test.length]).toEqual([16, 4])
  })

  it('stays within the test split where its classes are unseen', () => {
    const data = dataOf([
      ...times(5, 0, 'train'),
      ...times(5, 1, 'train'),
      ...times(10, 2, 'test'),
      ...times(10, 3, 'test'),
    ])
    const { train, test, classes, notes } = divideForProbe(data, 0.2, 0)
    expect([train.length, test.length, classes]).toEqual([16, 4, [2, 3]])
    expect(Math.min(...train, ...test)).toBeGreaterThanOrEqual(10)
    expect(notes).toHaveLength(1)
  })

  it('leaves out what cannot be learned, and says so', () => {
    const data = dataOf([
      ...times(3, 0, 'train'),
      ...times(3, 1, 'train'),
      ...times(2, 1, 'test'),
      ...times(2, 2, 'test'),
    ])
    const { test, notes } = divideForProbe(data, 0.2, 0)
    expect([test.length, notes[0]]).toEqual([2, expect.stringContaining('2 test images')])
  })

  it('refuses a single class', () =>
    expect(() => divideForProbe(dataOf(times(9, 0)), 0.2, 0)).toThrow(/two classes or more/))
})

describe('glasshouse probe', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'glasshouse-probe-'))
  const recipe = '--layers stem,pool --features 64 --rates 0.01 --threads 1 --json'.split(' ')

  it.runIf(gate)(
    'probes layers, twice the same, and leaves a page',
    async () => {
      const [data, out] = [await seedlings(), folder()]
      const words = ['probe', 'small', data, ...recipe, '--out', out]
      const first = await glasshouse(...words)
      expect([first.code, first.errors]).toEqual([0, []])
      const { metrics } = JSON.parse(first.stdout)
      expect(metrics.layers.map(({ layer }: { layer: string }) => layer)).toEqual(['stem', 'pool'])
      for (const { accuracy, knn, shuffled } of metrics.layers)
        for (const share of [accuracy, knn, shuffled]) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(1)
        }
      for (const name of ['index.html', 'probe.svg', 'probe.png'])
        expect(existsSync(join(out, name)), name).toBe(true)
      const again = await glasshouse(...words)
      expect(JSON.parse(again.stdout).metrics).toEqual(metrics)
      // The features are kept: nothing runs through the network again.
      expect(again.stderr).not.toContain('features')
    },
    60_000,
  )

  it('probes the stages of a network unless layers are named', () =>
    expect(layersToProbe({ ...plan, parameters: new Map() })).toEqual(
      'stem stage1 stage2 stage3 stage4 pool'.split(' '),
    ))

  it('refuses a layer that is not there before it reads data', async () => {
    const { code, stderr } = await glasshouse('probe', 'small', 'nowhere', '--layers', 'stage9')
    expect([code, stderr]).toEqual([2, expect.stringContaining('no such layer')])
  })
})
