/**
 * Decoded images, all of one size, ready to be cut into batches: what `cache.node.ts` opens from disk and
 * the loader reads. And what is measured over them.
 */
import type { Picture } from '../base/picture.ts'

export interface PictureStore {
  /** images are size x size pixels */
  readonly size: number
  readonly count: number
  /** size * size * 3 bytes, RGB, row by row; to be read, not written */
  picture(index: number): Uint8Array
  /** lets go of the file behind it, if there is one */
  close(): void
}

/** Mean and standard deviation of red, green and blue, of values from 0 to 1. */
export interface ColourStatistics {
  mean: [number, number, number]
  deviation: [number, number, number]
}

/** One image of a store. */
export const pictureAt = (store: PictureStore, index: number): Picture => ({
  width: store.size,
  height: store.size,
  data: store.picture(index),
})

/** A store over bytes in memory: image after image. */
export function memoryStore(size: number, bytes: Uint8Array): PictureStore {
  const length = size * size * 3
  return {
    size,
    count: bytes.length / length,
    picture: index => bytes.subarray(index * length, (index + 1) * length),
    close() {},
  }
}

/** The ImageNet statistics that torchvision's networks were trained with. */
export const imagenetStatistics: ColourStatistics = {
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
}

/** Colour statistics over every pixel of the images at `indices`; exact, so independent of their order. */
export function colourStatistics(store: PictureStore, indices: ArrayLike<number>): ColourStatistics {
  const counts = [0, 1, 2].map(() => new Float64Array(256))
  const [red, green, blue] = counts
  for (let i = 0; i < indices.length; i++) {
    const picture = store.picture(indices[i])
    for (let p = 0; p < picture.length; p += 3) {
      red[picture[p]]++
      green[picture[p + 1]]++
      blue[picture[p + 2]]++
    }
  }
  const pixels = indices.length * store.size * store.size
  const moment = (histogram: Float64Array, of: (value: number) => number) =>
    histogram.reduce((sum, count, value) => sum + count * of(value / 255), 0) / pixels
  const mean = counts.map(histogram => moment(histogram, value => value))
  const deviation = counts.map((histogram, channel) =>
    Math.sqrt(moment(histogram, value => (value - mean[channel]) ** 2)),
  )
  return { mean: mean as [number, number, number], deviation: deviation as [number, number, number] }
}
