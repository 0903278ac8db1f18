import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { retrieve } from '../../embedding/retrieval.ts'
import type { TripletFrame } from '../../runs/embedding-run.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { distancesOf, dotsOf, measure } from './measure.ts'

const engine = await createEngine({ threads: 1 })

async function frameOf(data: Float32Array, dim: number, labels: ArrayLike<number>) {
  const { triplets, recall } = await retrieve(engine, { data, dim, labels })
  const frame: TripletFrame = {
    epoch: 0,
    anchor: Int32Array.from({ length: labels.length }, (_, row) => row),
    positive: triplets.positiveIndex,
    negative: triplets.negativeIndex,
    positiveSimilarity: triplets.positive,
    negativeSimilarity: triplets.negative,
  }
  return { frame, recall }
}

/** n vectors of independent normal numbers, and their classes by turns. */
function randomVectors(n: number, dim: number, classes: number, seed: number) {
  const { normal } = random(seed, 'directions')
  return {
    data: Float32Array.from({ length: n * dim }, () => normal()),
    labels: Int32Array.from({ length: n }, (_, i) => i % classes),
  }
}

describe('a frame of the scatter', () => {
  it('has a share right of the diagonal that is recall at 1, ties and lonely images among the data', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(4), fc.integer({ min: -1, max: 1 }), fc.integer({ min: -1, max: 1 })), {
          minLength: 2,
          maxLength: 30,
        }),
        async rows => {
          // Few different vectors, so that many similarities are equal.
          const data = Float32Array.from(rows.flatMap(([, x, y]) => [x, y]))
          const { frame, recall } = await frameOf(
            data,
            2,
            rows.map(([label]) => label),
          )
          expect(measure(frame).shareCorrect).toBe(recall[1])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('of a perfect embedding has every dot at (1, 0), of a collapsed one at (1, 1)', async () => {
    const labels = Int32Array.from({ length: 24 }, (_, i) => i % 4)
    const perfect = Float32Array.from({ length: 24 * 4 }, (_, k) => (k % 4 === Math.floor(k / 4) % 4 ? 3 : 0))
    const ideal = measure((await frameOf(perfect, 4, labels)).frame)
    expect(ideal).toMatchObject({ shareCorrect: 1, meanDistance: 0, topRight: 0, anchors: 24 })
    const collapsed = measure((await frameOf(new Float32Array(24 * 4).fill(1), 4, labels)).frame)
    expect(collapsed.meanDistance).toBeCloseTo(1, 6)
    expect(collapsed.topRight).toBe(1)
  })

  it('of random directions hugs the diagonal near sqrt(2 ln N / D)', async () => {
    const [n, dim, classes] = [1200, 128, 4]
    const { data, labels } = randomVectors(n, dim, classes, 1)
    const { frame } = await frameOf(data, dim, labels)
    const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / n
    const [x, y] = [mean(frame.positiveSimilarity), mean(frame.negativeSimilarity)]
    // The largest of N normal deviates stays a little below sqrt(2 ln N).
    const below = (similarity: number, others: number) => similarity / Math.sqrt((2 * Math.log(others)) / dim)
    for (const share of [below(x, n / classes), below(y, n - n / classes)]) {
      expect(share).toBeGreaterThan(0.8)
      expect(share).toBeLessThan(1)
    }
    expect(Math.abs(x - y)).toBeLessThan(0.05)
  })

  it('leaves out images without a classmate', async () => {
    const { data } = randomVectors(5, 3, 5, 2)
    const { frame } = await frameOf(data, 3, [0, 0, 1, 2, 3])
    expect(Array.from(dotsOf(frame))).toEqual([0, 1])
    expect(distancesOf(frame)).toHaveLength(2)
    expect(measure(frame).anchors).toBe(2)
  })
})
