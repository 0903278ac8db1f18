/**
 * Resizing an image with antialiasing: a triangle filter (bilinear) or Keys' cubic one (a = -0.5), as wide as the
 * reduction asks for, with the centres of the corner pixels half a pixel from the border. This is what Pillow and
 * torchvision's `Resize(..., antialias)` do; enlarging, it is plain interpolation (`align_corners=False`).
 */
import type { Picture } from '../../base/picture.ts'
import type { Interpolation } from '../../nets/architecture.ts'
import { type Window, wholeOf } from './geometry.ts'

/** What the image is at `width` x `height` pixels, or the part `window` of it; only that part is computed. */
export function resample(
  picture: Picture,
  width: number,
  height: number,
  window: Window = wholeOf({ width, height }),
  interpolation: Interpolation = 'bilinear',
): Picture {
  const filter = filters[interpolation]
  const rows = filterTaps(picture.height, height, window.top, window.height, filter)
  const columns = filterTaps(picture.width, width, window.left, window.width, filter)
  const stride = picture.width * 3
  const seen = reachOf(columns)
  const row = new Float64Array(stride)
  const data = new Uint8Array(window.width * window.height * 3)
  // Cubic sums overshoot, so they are cut at black and white; the others cannot.
  const narrowed = interpolation === 'bicubic' ? new Uint8ClampedArray(data.buffer) : data
  for (let y = 0; y < window.height; y++) {
    blendRows(row, picture.data, stride, seen, rows, y)
    narrowRow(narrowed, y * window.width * 3, row, columns)
  }
  return { width: window.width, height: window.height, data }
}

/** One output row, still at the input's width: of its numbers those from `from` to `to`, which are all that is needed. */
function blendRows(
  row: Float64Array,
  source: Uint8Array,
  stride: number,
  [from, to]: readonly [number, number],
  { starts, counts, weights, most }: Taps,
  y: number,
): void {
  row.fill(0, from, to)
  // Two rows at a time, as most of the time goes into the sums.
  for (let k = 0; k < counts[y]; k += 2) {
    const first = (starts[y] + k) * stride
    const isAlone = k + 1 === counts[y]
    const second = isAlone ? first : first + stride
    const weight = weights[y * most + k]
    const other = isAlone ? 0 : weights[y * most + k + 1]
    for (let x = from; x < to; x++) row[x] += weight * source[first + x] + other * source[second + x]
  }
}

/** The numbers of an input row, three for each place, that any output place looks at: from the first to behind the last. */
const reachOf = ({ starts, counts }: Taps): [number, number] => [
  3 * starts[0],
  3 * (starts[starts.length - 1] + counts[counts.length - 1]),
]

function narrowRow(
  target: Uint8Array | Uint8ClampedArray,
  offset: number,
  row: Float64Array,
  taps: Taps,
): void {
  const { starts, counts, weights, most } = taps
  // What is clamped is rounded, too; plain bytes cut off.
  const half = target instanceof Uint8ClampedArray ? 0 : 0.5
  for (let x = 0; x < starts.length; x++) {
    let from = starts[x] * 3
    let red = half
    let green = half
    let blue = half
    for (let tap = x * most, end = tap + counts[x]; tap < end; tap++) {
      const weight = weights[tap]
      red += weight * row[from]
      green += weight * row[from + 1]
      blue += weight * row[from + 2]
      from += 3
    }
    target[offset++] = red
    target[offset++] = green
    target[offset++] = blue
  }
}

interface Filter {
  /** places to either side, where nothing is reduced */
  reach: number
  /** at a distance from the centre */
  weight: (distance: number) => number
}

const filters: Readonly<Record<Interpolation, Filter>> = {
  bilinear: { reach: 1, weight: d => Math.max(0, 1 - d) },
  bicubic: {
    reach: 2,
    weight: d => (d < 1 ? (1.5 * d - 2.5) * d * d + 1 : d < 2 ? -0.5 * (((d - 5) * d + 8) * d - 4) : 0),
  },
}

interface Taps {
  /** per output place: the first input place, and how many there are */
  starts: Int32Array
  counts: Int32Array
  /** `most` per output place, of which `counts` are used; they sum to 1 */
  weights: Float64Array
  most: number
}

/** The filter on one axis that goes from `from` to `to` places, for `length` output places from `first` on. */
function filterTaps(from: number, to: number, first: number, length: number, filter: Filter): Taps {
  const scale = from / to
  const wide = Math.max(1, scale)
  const support = filter.reach * wide
  const most = Math.min(from, 2 * Math.ceil(support) + 1)
  const starts = new Int32Array(length)
  const counts = new Int32Array(length)
  const weights = new Float64Array(length * most)
  for (let i = 0; i < length; i++) {
    const centre = (first + i + 0.5) * scale
    const start = Math.max(0, Math.floor(centre - support + 0.5))
    const count = Math.min(from, Math.floor(centre + support + 0.5)) - start
    const own = weights.subarray(i * most, i * most + count)
    for (let k = 0; k < count; k++) own[k] = filter.weight(Math.abs(start + k + 0.5 - centre) / wide)
    const sum = own.reduce((a, b) => a + b, 0)
    for (let k = 0; k < count; k++) own[k] /= sum
    starts[i] = start
    counts[i] = count
  }
  return { starts, counts, weights, most }
}
