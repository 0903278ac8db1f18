/** What is measured on vectors of people over time, where the answer is known. */
import { describe, expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { consensusOf, peopleOf, retrieveAcross, selfSimilarity } from './measure.ts'

const dim = 16

/** People whose vectors share a smooth signal, with something of their own. */
function people(count: number, moments: number, shared: number, own = 1) {
  const frames: { person: string; seconds: number }[] = []
  const rows: number[] = []
  const smooth = (name: string, at: number, k: number) => {
    const [step, t] = [Math.floor(at / 4), (at % 4) / 4]
    return (1 - t) * random(1, name, k, step).normal() + t * random(1, name, k, step + 1).normal()
  }
  for (let person = 0; person < count; person++)
    for (let at = 0; at < moments; at++) {
      frames.push({ person: `tile-${person + 1}`, seconds: at / 4 })
      for (let k = 0; k < dim; k++)
        rows.push(shared * smooth('all', at, k) + own * smooth(`own ${person}`, at, k))
    }
  return peopleOf(Float32Array.from(rows), dim, frames).people
}

describe('retrieval across people', () => {
  it('finds the moment where people share it', () => {
    const { recall, chance, medianError, queries } = retrieveAcross(people(5, 120, 1, 0.4), 0.5)
    expect(queries).toBe(600)
    expect(recall).toBeGreaterThan(0.9)
    expect(chance).toBeLessThan(0.05)
    expect(medianError).toBeLessThan(0.5)
  })

  it('is at chance where they do not', () => {
    const { recall, chance, medianError, chanceError } = retrieveAcross(people(5, 120, 0), 0.5)
    expect(Math.abs(recall - chance)).toBeLessThan(0.05)
    expect(Math.abs(medianError - chanceError)).toBeLessThan(2)
  })
})

describe('the consensus', () => {
  it('stands above its baseline where people share something, with peaks', () => {
    const { isAbove, mean, limit, peaks, values, high } = consensusOf(people(5, 120, 1), 0)
    expect(isAbove).toBe(true)
    expect(mean).toBeGreaterThan(limit + 0.1)
    expect(peaks.length).toBeGreaterThan(0)
    for (const at of peaks) expect(values[at]).toBeGreaterThan(high[at])
  })

  it('stays within it where they do not: in one of twenty at most by chance', () => {
    const above = [0, 1, 2, 3, 4].filter(seed => consensusOf(people(4, 120, 0), seed).isAbove)
    expect(above).toEqual([])
  })

  it('takes people whose face is lost', () => {
    const known = people(3, 40, 1)
    known.vectors[0].fill(0, 0, 10 * dim)
    expect(consensusOf(known, 0).values.every(Number.isFinite)).toBe(true)
    expect(retrieveAcross(known, 0.5).queries).toBe(110)
  })
})

it('self-similarity has its brightest cells on the diagonal where people agree', () => {
  const { side, values } = selfSimilarity(people(4, 80, 1, 0.4))
  const diagonal = Array.from({ length: side }, (_, at) => values[at * side + at])
  const mean = (of: ArrayLike<number>) => Array.from(of).reduce((sum, value) => sum + value, 0) / of.length
  expect(mean(diagonal)).toBeGreaterThan(mean(values) + 0.5)
})
