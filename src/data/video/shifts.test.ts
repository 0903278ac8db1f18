/** Lags of series that share a signal are found to the sample; those that share none have none. */
import { expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { alignTiles } from './shifts.ts'

/** Motion of some parts: a signal that `lag` shifts, and each tile's own. */
function tile(name: string, lag: number, shared: number, length = 1500) {
  return Array.from({ length: 4 }, (_, part) => {
    const common = (at: number) => random(0, 'common', part, Math.floor(at / 6)).normal()
    const own = random(0, 'own', name, part)
    return Float32Array.from({ length }, (_, at) =>
      Math.max(0, 3 + shared * common(at - lag + 600) + own.normal()),
    )
  })
}

it('finds lags to the sample, ahead and behind', () => {
  const lags = [0, 7, -12, 30, 0]
  const found = alignTiles(
    lags.map((lag, at) => tile(String(at), lag, 0.8)),
    50,
  )
  expect(found.map(({ lag }) => lag)).toEqual(lags)
  expect(found.every(({ behind }) => behind === 0)).toBe(true)
})

it('says that nothing is in common', () => {
  const found = alignTiles(
    ['a', 'b', 'c', 'd'].map(name => tile(name, 0, 0)),
    50,
  )
  expect(found.map(({ behind }) => behind)).toEqual([0, 1, 2, 3])
  expect(found.map(({ lag }) => lag)).toEqual([0, 0, 0, 0])
})

it('keeps the lags of those that belong together, although not to the first', () => {
  const found = alignTiles([tile('alone', 0, 0), tile('b', 5, 1), tile('c', 14, 1)], 50)
  expect(found.map(({ behind, lag }) => [behind, lag])).toEqual([
    [0, 0],
    [1, 0],
    [1, 9],
  ])
})

it('takes tiles in which nothing moves', () => {
  const still = [new Float32Array(200)]
  expect(alignTiles([still, still], 20).map(({ behind }) => behind)).toEqual([0, 1])
})
