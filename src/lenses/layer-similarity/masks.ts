/** Masks on a coarse grid: where in an image a comparison looks. */
import type { Picture } from '../../base/picture.ts'
import { resample } from '../../data/prepare/resample.ts'
import type { FeatureMaps } from '../maps/feature-maps.ts'
import { enlargedGrid, valuesAt } from '../maps/painting.ts'
import { similarityMaps } from '../similarity/compute.ts'
import { areaResample, maskGrid } from './compute.ts'

/** Maps are read off at so many points along a side before they are averaged to the mask. */
const fineGrid = 8 * maskGrid

export const wholePicture = (): Float64Array => new Float64Array(maskGrid ** 2).fill(1)

/** The middle half of either side. */
export const centreBox = (): Float64Array =>
  Float64Array.from({ length: maskGrid ** 2 }, (_, at) => {
    const inside = (place: number) => place >= maskGrid / 4 && place < (3 * maskGrid) / 4
    return inside(at % maskGrid) && inside(Math.floor(at / maskGrid)) ? 1 : 0
  })

/** An image as a mask: bright is inside. */
export function pictureMask(picture: Picture): Float64Array {
  const { width, height } = picture
  const { data } = resample(picture, maskGrid, maskGrid, {
    left: 0,
    top: 0,
    width: maskGrid,
    height: maskGrid,
  })
  if (width === 0 || height === 0) return wholePicture()
  return Float64Array.from({ length: maskGrid ** 2 }, (_, at) =>
    (data[3 * at] + data[3 * at + 1] + data[3 * at + 2]) / 3 > 127 ? 1 : 0,
  )
}

/**
 * What makes an image similar to the others: the places whose similarity map, averaged over all pairs, lies above
 * its mean.
 */
export function similarityMasks({ maps, channels, height, width, grid, size }: FeatureMaps): Float64Array[] {
  return maps.map((map, picture) => {
    const sum = new Float64Array(height * width)
    maps.forEach((other, index) => {
      if (index === picture) return
      similarityMaps(map, other, channels, 'average').one.forEach((value, place) => {
        sum[place] += value
      })
    })
    const image = valuesAt(sum, enlargedGrid(grid, fineGrid / size), fineGrid, fineGrid)
    const coarse = areaResample(image, fineGrid, fineGrid, maskGrid)
    const mean = coarse.reduce((a, b) => a + b, 0) / coarse.length
    return coarse.map(value => (value >= mean ? 1 : 0))
  })
}
