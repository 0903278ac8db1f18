import { describe, expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { retrieve } from '../../embedding/retrieval.ts'
import type { EmbeddingRun, TripletFrame } from '../../runs/embedding-run.ts'
import type { RunRecord } from '../../runs/record.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { findImage, follow } from './trajectory.ts'

const engine = await createEngine({ threads: 1 })
const [n, dim, epochs] = [40, 6, [0, 1, 2, 3]]
const ids = Int32Array.from({ length: n }, (_, row) => 100 + 2 * row)
const paths = Array.from(ids, (id, row) => `class ${row % 4}/${id}.png`)
const labels = Array.from({ length: n }, (_, row) => `class ${row % 4}`)

/** Vectors that drift from chance toward their classes. */
const vectorsAt = (epoch: number) => {
  const { normal } = random(epoch, 'drift')
  const data = Float32Array.from({ length: n * dim }, (_, k) => {
    const [row, axis] = [Math.floor(k / dim), k % dim]
    return normal() + (row % 4 === axis ? epoch : 0)
  })
  return { ids, paths, labels, dim, data }
}

async function frameAt(epoch: number): Promise<TripletFrame> {
  const classes = Int32Array.from(ids, (_, row) => row % 4)
  const { triplets } = await retrieve(engine, { data: vectorsAt(epoch).data, dim, labels: classes })
  return {
    epoch,
    anchor: ids,
    positive: triplets.positiveIndex.map(row => ids[row]),
    negative: triplets.negativeIndex.map(row => ids[row]),
    positiveSimilarity: triplets.positive,
    negativeSimilarity: triplets.negative,
  }
}
const frames = await Promise.all(epochs.map(frameAt))

const run: EmbeddingRun = {
  source: 'drift',
  record: {} as RunRecord,
  epochs,
  splits: ['test'],
  vectors: async epoch => vectorsAt(epoch),
  pictures: async () => undefined,
  triplets: async epoch => frames[epoch],
}

describe('the path of a triplet', () => {
  it('ends on the dot of the last frame, and lies left of or below the dot in every other', async () => {
    for (const anchor of ids) {
      const { steps } = await follow(run, 'test', anchor)
      expect(steps.map(({ epoch }) => epoch)).toEqual(epochs)
      for (const { epoch, x, y } of steps) {
        const frame = frames[epoch]
        const row = ids.indexOf(anchor)
        expect(x).toBeLessThanOrEqual(frame.positiveSimilarity[row] + 1e-6)
        expect(y).toBeLessThanOrEqual(frame.negativeSimilarity[row] + 1e-6)
        if (epoch === 3) {
          expect(x).toBeCloseTo(frame.positiveSimilarity[row], 5)
          expect(y).toBeCloseTo(frame.negativeSimilarity[row], 5)
        }
      }
    }
  })

  it('is that of an image called by its path, its end, or where it lies on disk', () => {
    const vectors = vectorsAt(0)
    expect(findImage(vectors, 'class 1/102.png')).toBe(102)
    expect(findImage(vectors, '102.png')).toBe(102)
    expect(findImage(vectors, '/data/class 1/102.png')).toBe(102)
    const beside = { ...vectors, paths: paths.map(path => `../../data/${path}`) }
    expect(findImage(beside, '/home/me/data/class 1/102.png')).toBe(102)
    expect(() => findImage(vectors, '2.png')).toThrow('no image of this name')
    expect(() => findImage({ ...vectors, paths: paths.map(() => 'a/1.png') }, '1.png')).toThrow(
      'several images',
    )
  })
})
