/**
 * What a periodic processing leaves in an image, as a few hundred numbers: the mean absolute difference of neighbours
 * at each of the 8 x 8 places of a JPEG block, along and across, in brightness, green and two colour differences.
 *
 * On noise, where there is no content, a linear classifier on them finds in a thousand images what a network needs
 * a hundred thousand for.
 */
import type { Picture } from '../../base/picture.ts'

const period = 8
const cells = period * period

/** Brightness, green, red minus green, blue minus green: weights of red, green and blue. */
const channels = [
  [0.299, 0.587, 0.114],
  [0, 1, 0],
  [1, -1, 0],
  [0, -1, 1],
]

/** Numbers of an image. */
export const gridStatisticsLength = 2 * channels.length * cells

/**
 * @param aligned begins at the strongest edge between blocks, wherever it lies: for crops, whose upper left corner says
 *   nothing. Otherwise at the image's own corner
 */
export function gridStatistics(picture: Picture, aligned: boolean): Float32Array {
  const { width, height } = picture
  const sums = new Float64Array(gridStatisticsLength)
  const counts = new Float64Array(cells)
  const planes = channels.map(weights => planeOf(picture, weights))
  for (let y = 0; y < height - 1; y++)
    for (let x = 0; x < width - 1; x++) {
      const cell = period * (y % period) + (x % period)
      const at = y * width + x
      counts[cell]++
      planes.forEach((plane, channel) => {
        const value = plane[at]
        sums[2 * channel * cells + cell] += Math.abs(plane[at + 1] - value)
        sums[(2 * channel + 1) * cells + cell] += Math.abs(plane[at + width] - value)
      })
    }
  const means = Float32Array.from(sums, (sum, index) => sum / Math.max(1, counts[index % cells]))
  return aligned ? shifted(means, strongest(means, 0), strongest(means, 1)) : means
}

function planeOf({ data }: Picture, [red, green, blue]: readonly number[]): Float32Array {
  const plane = new Float32Array(data.length / 3)
  for (let i = 0, at = 0; i < plane.length; i++, at += 3)
    plane[i] = red * data[at] + green * data[at + 1] + blue * data[at + 2]
  return plane
}

/** Where in the period neighbours differ most, over all channels. @param direction 0 across, 1 down */
function strongest(means: Float32Array, direction: 0 | 1): number {
  const profile = new Float64Array(period)
  for (let channel = 0; channel < channels.length; channel++)
    for (let cell = 0; cell < cells; cell++) {
      const place = direction ? Math.floor(cell / period) : cell % period
      profile[place] += means[(2 * channel + direction) * cells + cell]
    }
  return profile.indexOf(Math.max(...profile))
}

const shifted = (means: Float32Array, left: number, top: number): Float32Array =>
  means.map((_, index) => {
    const cell = index % cells
    const x = (cell + left) % period
    const y = (Math.floor(cell / period) + top) % period
    return means[index - cell + period * y + x]
  })
