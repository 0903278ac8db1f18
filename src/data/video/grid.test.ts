/** Grids: as words, over a frame, and by their seams. */
import { describe, expect, it } from 'vitest'
import { drawnFrame } from './drawn/montage.node.ts'
import { measureSeams, parseGrid, partsAlong, tilesOf } from './grid.ts'

describe('a grid', () => {
  it('is rows x columns', () => expect(parseGrid('2x3')).toEqual({ rows: 2, columns: 3 }))

  it.each(['2by3', '0x3', '3', 'x', '2x3x4'])('%s is none', text => {
    expect(() => parseGrid(text)).toThrow(/not a grid/)
  })

  it('divides the frame, or is refused', () => {
    expect(tilesOf({ rows: 2, columns: 3 }, 300, 200, 'a.mp4')[4]).toEqual({
      ...{ left: 100, top: 100, width: 100, height: 100 },
    })
    expect(() => tilesOf({ rows: 2, columns: 7 }, 300, 200, 'a.mp4')).toThrow(
      /cannot be divided into 2 rows of 7/,
    )
  })
})

describe('seams', () => {
  it.each([
    [1, 1],
    [1, 2],
    [2, 3],
    [3, 4],
  ])('of %i x %i drawn people are found', async (rows, columns) => {
    const lags = Array.from({ length: rows * columns }, () => 0)
    const frame = drawnFrame({
      ...{ rows, columns, lags, seconds: 1, rate: 25, side: 48, shared: true, own: 0.2, noise: 3, seed: 5 },
    })
    const frames = [0, 40, 80].map(index => frame(index).data)
    const seams = await measureSeams(frames, 48 * columns, 48 * rows)
    expect([partsAlong(seams.rows), partsAlong(seams.columns)]).toEqual([rows, columns])
  })
})
