/** What is checked of maps: curves by their definition, shuffled networks, rank correlation. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { gate } from '../../../test/thorough.ts'
import { random } from '../../base/random.ts'
import { imagenetStatistics } from '../../data/store.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { probabilities } from '../../models/classification.ts'
import { buildNetwork, initialParameters, type Network } from '../../nets/network.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { meansOfCurves } from './belief.ts'
import { areaUnder, blurred, createCurves, orderOf, randomOrder, steps } from './curves.ts'
import { verdictOn } from './draw-belief.ts'
import { kernelsFromTop, randomisedNetworks, rankCorrelation } from './sanity.ts'
import { structuralSimilarity } from './structure.ts'

const engine = await createEngine({ threads: 1 })
const size = 32
const plan = {
  net: 'small',
  head: { kind: 'classes', classes: ['ash', 'oak', 'elm'] },
  preprocessing: { size, resize: size, ...imagenetStatistics },
} as const
const network: Network = { ...plan, parameters: initialParameters(plan, 1) }
const { normal } = random(1, 'image')
const image = Float32Array.from({ length: 3 * size * size }, () => normal())

async function probabilityOf(input: Float32Array, classIndex: number): Promise<number> {
  const built = buildNetwork(network, { batch: 1 })
  const program = await engine.compile({
    graph: built.graph,
    outputs: { logits: built.output },
    parameters: network.parameters,
  })
  const { logits } = await program.run({ images: float32([1, 3, size, size], input) })
  await program.dispose()
  return probabilities(floats(logits))[classIndex]
}

describe('curves of deletion and insertion', () => {
  it('are the probability after each part of the pixels, in the order of the map', async () => {
    const maker = createCurves(engine, network, new AbortController().signal)
    const order = randomOrder(size, 3, '0')
    const { deletion, insertion } = await maker.curves(image, 2, order)
    await maker.dispose()
    expect([deletion.length, insertion.length]).toEqual([steps + 1, steps + 1])
    const changed = (from: Float32Array, to: Float32Array, count: number) => {
      const result = from.slice()
      for (const place of order.subarray(0, count))
        for (const plane of [0, 1, 2]) result[plane * size * size + place] = to[plane * size * size + place]
      return result
    }
    const covered = new Float32Array(image.length)
    for (const step of [0, 5, steps]) {
      const count = Math.round((step / steps) * size * size)
      const gone = await probabilityOf(changed(image, covered, count), 2)
      const seen = await probabilityOf(changed(blurred(image, size), image, count), 2)
      expect(deletion[step]).toBeCloseTo(gone, 5)
      expect(insertion[step]).toBeCloseTo(seen, 5)
    }
  })

  it('begin with the hottest pixels', () => {
    expect([...orderOf(Float32Array.of(0.5, 2, -1, 2, 0.7))]).toEqual([1, 3, 4, 0, 2])
    const order = randomOrder(size, 1, '4')
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size * size }, (_, i) => i))
    expect(randomOrder(size, 1, '4')).toEqual(order)
    expect(randomOrder(size, 1, '5')).not.toEqual(order)
  })

  it('are summed up by their areas, and by how often they beat a random map', () => {
    const falling = Array.from({ length: steps + 1 }, (_, i) => 1 - i / steps)
    expect(areaUnder(falling)).toBeCloseTo(0.5, 12)
    expect(areaUnder(falling.map(() => 0.3))).toBeCloseTo(0.3, 12)
    const [low, high] = [falling.map(value => value / 2), falling]
    const found = [
      { own: { deletion: low, insertion: high }, chance: { deletion: high, insertion: low } },
      { own: { deletion: high, insertion: high }, chance: { deletion: high, insertion: high } },
    ]
    expect(meansOfCurves(found)).toMatchObject({
      deletion: { area: expect.closeTo(0.375), chance: expect.closeTo(0.5), better: 0.5 },
      insertion: { area: expect.closeTo(0.5), chance: expect.closeTo(0.375), better: 0.5 },
    })
    expect(meansOfCurves([])).toBeUndefined()
  })

  it('a blurred image keeps its mean colour, and an even one stays as it is', () => {
    const even = new Float32Array(3 * size * size).fill(0.7)
    for (const value of blurred(even, size)) expect(value).toBeCloseTo(0.7, 5)
    const point = new Float32Array(3 * size * size)
    point[16 * size + 16] = 1
    const soft = blurred(point, size)
    expect(soft.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5)
    expect(soft[16 * size + 16]).toBeLessThan(0.5)
    expect(soft[16 * size + 18]).toBeCloseTo(soft[18 * size + 16], 7)
  })
})

describe('shuffled networks', () => {
  it.runIf(gate)('lose their kernels from the head down, and nothing else', () => {
    const kernels = kernelsFromTop(network)
    expect(kernels[0]).toBe('fc.weight')
    const levels = randomisedNetworks(network, 1)
    expect(levels.map(({ kernels }) => kernels)).toEqual([...new Set(levels.map(level => level.kernels))])
    expect(levels[0]).toMatchObject({ kernels: 1, downTo: 'fc.weight' })
    expect(levels.at(-1)?.kernels).toBe(kernels.length)
    for (const level of levels) {
      const shuffledNames = kernels.slice(0, level.kernels)
      for (const [name, tensor] of network.parameters) {
        const own = level.network.parameters.get(name)!
        if (!shuffledNames.includes(name)) expect(own === tensor).toBe(true)
        else {
          // Whole tensors are compared as bytes: number by number takes minutes.
          const bytes = (values: Float32Array) => Buffer.from(values.buffer)
          expect(bytes(floats(own).slice()).equals(bytes(floats(tensor).slice()))).toBe(false)
          expect(bytes(floats(own).slice().sort()).equals(bytes(floats(tensor).slice().sort()))).toBe(true)
        }
      }
    }
  })
})

describe('structural similarity', () => {
  const wave = (of: (at: number) => number) => Float32Array.from({ length: 256 }, (_, at) => of(at))
  const a = wave(at => Math.sin(at * 0.37))
  const b = wave(at => Math.cos(at * 0.11 + 1))

  test('is what the formula gives with scipy.ndimage.uniform_filter', () => {
    expect(structuralSimilarity(a, b, 16)).toBeCloseTo(0.009541303825878313, 5)
    const mixed = a.map((value, at) => value + 0.3 * b[at])
    expect(structuralSimilarity(a, mixed, 16)).toBeCloseTo(0.912850840674313, 5)
  })

  test('is 1 for the same map at any scale, and below 0 for the map upside down', () => {
    const scaled = a.map(value => 5 * value + 3)
    expect(structuralSimilarity(a, scaled, 16)).toBeCloseTo(1, 5)
    const reversed = a.map(value => -value)
    expect(structuralSimilarity(a, reversed, 16)).toBeCloseTo(-0.7377763655002013, 5)
  })
})

describe('the verdict on maps of a network without learned kernels', () => {
  test.each([
    [0.1, 0.1, 0.1, /depend on what was learned/],
    [0.7, 0.1, 0.7, /still much the same/],
    [0.1, 0.8, 0.1, /still much the same/],
    [-0.76, -0.3, 0.76, /upside down/],
    // The same places on each image, hot on one and cold on the next.
    [0.05, 0.1, 0.8, /still much the same/],
  ])('correlation %d, structure %d, absolute %d', (correlation, structure, absolute, words) => {
    expect(verdictOn({ correlation, absolute, structure })).toMatch(words)
  })
})

describe('rank correlation', () => {
  test('is what scipy.stats.spearmanr gives, ties included', () => {
    expect(rankCorrelation([1, 2, 2, 4, 5, 0], [3, 1, 4, 4, 9, 2])).toBeCloseTo(0.7205882352941176, 12)
  })

  test('is 1 for any rising function, -1 for any falling one, 0 where nothing differs', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2 }), values => {
        expect(
          rankCorrelation(
            values,
            values.map(value => value ** 3),
          ),
        ).toBeCloseTo(1, 9)
        expect(
          rankCorrelation(
            values,
            values.map(value => -value),
          ),
        ).toBeCloseTo(-1, 9)
        expect(
          rankCorrelation(
            values,
            values.map(() => 7),
          ),
        ).toBe(0)
      }),
    )
  })
})
