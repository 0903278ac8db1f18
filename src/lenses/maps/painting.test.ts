import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blankPicture } from '../../base/picture.ts'
import { describeGrid, enlargedGrid, gridOnView, hottestPlace, paintMap, valuesAt } from './painting.ts'

/** What torchvision's ResNet-18 makes of 64 pixels. */
const coarse = { height: 2, width: 2, centre: [0, 0], stride: [32, 32] } as const

const grids = fc.record({
  height: fc.integer({ min: 1, max: 6 }),
  width: fc.integer({ min: 1, max: 6 }),
  centre: fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
})

describe('a map on an image', () => {
  it('has the value of a cell at its centre, and no value that the map has not', () => {
    fc.assert(
      fc.property(grids, fc.infiniteStream(fc.double({ min: -5, max: 5, noNaN: true })), (grid, stream) => {
        const map = Float32Array.from([...stream.take(grid.height * grid.width)])
        const [height, width] = [60, 60]
        const values = valuesAt(map, grid, height, width)
        for (let row = 0; row < grid.height; row++)
          for (let column = 0; column < grid.width; column++) {
            const y = grid.centre[0] + row * grid.stride[0]
            const x = grid.centre[1] + column * grid.stride[1]
            expect(values[y * width + x]).toBeCloseTo(map[row * grid.width + column], 4)
          }
        expect(Math.max(...values)).toBeCloseTo(Math.max(...map), 4)
        expect(Math.min(...values)).toBeCloseTo(Math.min(...map), 4)
      }),
    )
  })

  it('puts the cell that looks at the middle into the middle', () => {
    const values = valuesAt([0, 0, 0, 1], coarse, 64, 64)
    const hottest = values.indexOf(1)
    expect([Math.floor(hottest / 64), hottest % 64]).toEqual([32, 32])
    expect(hottestPlace([0, 0, 0, 1], coarse)).toEqual([32, 32])
    expect(values[16 * 64 + 32]).toBeCloseTo(0.5)
    expect(values[63 * 64 + 63]).toBe(1)
  })

  it('turns with the image where the grid does', () => {
    const grid = { height: 3, width: 4, centre: [4, 5], stride: [8, 6] } as const
    const map = Float32Array.from({ length: 12 }, (_, index) => Math.sin(5 * index))
    const turned = { ...grid, centre: [31 - 4 - 16, 31 - 5 - 18] } as const
    const values = valuesAt(map, grid, 32, 32)
    expect([...valuesAt(map.toReversed(), turned, 32, 32)].reverse().map(v => v.toFixed(4))).toEqual(
      [...values].map(v => v.toFixed(4)),
    )
  })

  it('keeps its places on an enlarged view: pixels are areas there', () => {
    const large = gridOnView(coarse, 64, blankPicture(256, 256))
    expect(large.centre).toEqual([1.5, 1.5])
    expect(large.stride).toEqual([128, 128])
    expect(enlargedGrid(large, 0.25)).toEqual(coarse)
  })

  it('is paler where no cell looks', () => {
    const photo = blankPicture(64, 64, [0, 0, 0])
    const { data } = paintMap(photo, new Float32Array(4).fill(1), coarse, { low: 0, high: 1 })
    const brightness = (y: number, x: number) => data[3 * (y * 64 + x)]
    expect(brightness(16, 16)).toBeGreaterThan(1.8 * brightness(50, 50))
    expect(brightness(50, 50)).toBeGreaterThan(0)
  })

  it('says how coarse it is', () => {
    expect(describeGrid(coarse, 64).join(' ')).toContain('This grid is coarse')
    expect(describeGrid({ ...coarse, height: 7, width: 7 }, 224).join(' ')).not.toContain('coarse')
  })

  it('has a cell for each pixel where maps are of pixels', () => {
    const pixels = { height: 64, width: 64, stride: [1, 1], centre: [0, 0] } as const
    expect(describeGrid(pixels, 64)).toEqual([
      'The map has 64 x 64 cells, one for each pixel that the network sees.',
    ])
  })
})
