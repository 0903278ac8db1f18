/**
 * Batches mixed of two: mixup (Zhang et al. 2018) adds images, cutmix (Yun et al. 2019) puts a window of one into
 * another. The other image is the one before in the batch, whose order is random; one share holds for a whole batch. As
 * in torchvision's reference recipes.
 */
import type { Random } from '../base/random.ts'

/** Parameters of the Beta distributions that shares are drawn from; absent: not used. With both, each batch takes one at random. */
export interface Mixing {
  mixup?: number
  cutmix?: number
}

export interface Mixed {
  /** of the other images */
  labels: Int32Array
  /** of the own image, 0 to 1 */
  share: number
}

/** Mixes `images`, n x 3 x size x size, in place. */
export function mixBatch(
  images: Float32Array,
  labels: Int32Array,
  size: number,
  { mixup, cutmix }: Mixing,
  stream: Random,
): Mixed {
  const n = labels.length
  const others = labels.map((_, i) => labels[(i + n - 1) % n])
  const takesMixup = mixup !== undefined && (cutmix === undefined || stream.chance(0.5))
  const share = betaShare(takesMixup ? mixup : (cutmix ?? 1), stream)
  if (takesMixup) {
    eachWithOther(images, n, (own, other) => {
      for (let i = 0; i < own.length; i++) own[i] = share * own[i] + (1 - share) * other[i]
    })
    return { labels: others, share }
  }
  const window = cutWindow(share, size, stream.integer(size), stream.integer(size))
  eachWithOther(images, n, (own, other) => paste(own, other, size, window))
  const { left, right, top, bottom } = window
  return { labels: others, share: 1 - ((right - left) * (bottom - top)) / (size * size) }
}

export interface CutWindow {
  left: number
  right: number
  top: number
  bottom: number
}

/** The window that leaves `share` of the image, around (x, y), as far as it is inside. */
export function cutWindow(share: number, size: number, x: number, y: number): CutWindow {
  const half = Math.floor(0.5 * Math.sqrt(1 - share) * size)
  const from = (centre: number) => Math.max(centre - half, 0)
  const to = (centre: number) => Math.min(centre + half, size)
  return { left: from(x), right: to(x), top: from(y), bottom: to(y) }
}

function paste(own: Float32Array, other: Float32Array, size: number, window: CutWindow): void {
  for (let plane = 0; plane < own.length; plane += size * size)
    for (let y = window.top; y < window.bottom; y++) {
      const row = plane + y * size
      own.set(other.subarray(row + window.left, row + window.right), row + window.left)
    }
}

/** From the last image on, so that the one before is still whole; the first gets a copy of the last. */
function eachWithOther(
  images: Float32Array,
  n: number,
  mix: (own: Float32Array, other: Float32Array) => void,
): void {
  const length = images.length / n
  const image = (index: number) => images.subarray(index * length, (index + 1) * length)
  const last = image(n - 1).slice()
  for (let index = n - 1; index > 0; index--) mix(image(index), image(index - 1))
  mix(image(0), last)
}

/** From Beta(alpha, alpha), by two Gamma variables. */
export function betaShare(alpha: number, stream: Random): number {
  const [one, other] = [gamma(alpha, stream), gamma(alpha, stream)]
  return one + other > 0 ? one / (one + other) : 0.5
}

/** Marsaglia and Tsang 2000, "A simple method for generating gamma variables". */
function gamma(shape: number, stream: Random): number {
  if (shape < 1) return gamma(shape + 1, stream) * stream.uniform() ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = stream.normal()
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - stream.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}
