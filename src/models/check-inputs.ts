/**
 * The ways in which the same array may have become a network's input somewhere else: how its axes were read, which
 * range its colours had, what was taken off them, in which order they came, and which part of the image was cut out.
 */
import { GlasshouseError } from '../base/errors.ts'
import type { Preprocessing } from '../nets/network.ts'

/** Images (n, 3, height, width), row-major. */
export interface Images {
  count: number
  height: number
  width: number
  data: Float32Array
}

export interface Step {
  /** what was done there, as the end of "there, ..."; '' for what is done here */
  words: string
  /** the more unusual, the later it is tried */
  cost: number
}

export interface Reading extends Step {
  apply(images: Images): Images
}

/** Each colour c becomes factor[c] x + shift[c]; before or after that, the order of the colours may be turned round. */
export interface Colours extends Step {
  factor: readonly number[]
  shift: readonly number[]
  turned?: 'before' | 'after'
}

/** The images that an array of numbers holds, and whether its colours are the last axis. */
export function imagesOf(
  shape: readonly number[],
  data: Float32Array,
  where: string,
): { images: Images; channelsLast: boolean } {
  const whole = shape.length === 3 ? [1, ...shape] : [...shape]
  const [count, a, b, c] = whole
  if (whole.length !== 4 || (a !== 3 && c !== 3) || count === 0) {
    throw new GlasshouseError({
      code: 'check-input',
      what: 'the array holds no colour images',
      where,
      expected: '(n, 3, height, width) or (n, height, width, 3), with or without the n',
      got: `(${shape.join(', ')})`,
    })
  }
  if (a === 3) return { images: { count, height: b, width: c, data }, channelsLast: false }
  return { images: channelsFirst({ count, height: a, width: b, data }), channelsLast: true }
}

/** From (n, h, w, 3). */
function channelsFirst({ count, height, width, data }: Images): Images {
  const plane = height * width
  const turned = new Float32Array(data.length)
  for (let image = 0; image < count; image++)
    for (let place = 0; place < plane; place++)
      for (let channel = 0; channel < 3; channel++)
        turned[(3 * image + channel) * plane + place] = data[3 * (image * plane + place) + channel]
  return { count, height, width, data: turned }
}

const asGiven: Step = { words: '', cost: 0 }

/** How the axes may have been read; the first is how they are read here. */
export function readings(channelsLast: boolean): Reading[] {
  return [
    { ...asGiven, apply: images => images },
    // Memory in the order (n, h, w, 3) under the shape (n, 3, h, w): a reshape in place of a transposition.
    ...(channelsLast
      ? []
      : [
          {
            words:
              'the numbers lay in the order (n, height, width, 3), NHWC, and were reshaped instead of transposed',
            cost: 2,
            apply: channelsFirst,
          },
        ]),
    { words: 'height and width were exchanged', cost: 3, apply: transposed },
  ]
}

function transposed({ count, height, width, data }: Images): Images {
  const turned = new Float32Array(data.length)
  const plane = height * width
  for (let at = 0; at < 3 * count; at++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) turned[at * plane + x * height + y] = data[at * plane + y * width + x]
  return { count, height: width, width: height, data: turned }
}

/** Which part of larger or smaller images a network of `size` pixels may have seen. */
export function cuts({ height, width }: Images, { size, resize }: Preprocessing): Reading[] {
  if (height === size && width === size) return [{ ...asGiven, apply: images => images }]
  const cut: Reading = {
    words: `the centre ${size} x ${size} pixels were cut out`,
    cost: 1,
    apply: images => centre(images, size),
  }
  const squashed: Reading = {
    words: `whole images were resized to ${size} x ${size}`,
    cost: 1,
    apply: images => resized(images, size, size),
  }
  const short = Math.min(height, width)
  const both: Reading = {
    words: `the short side was resized to ${resize}, and the centre ${size} x ${size} pixels were cut out`,
    cost: 1,
    apply: images =>
      centre(
        resized(images, Math.round((height * resize) / short), Math.round((width * resize) / short)),
        size,
      ),
  }
  const fits = height >= size && width >= size
  return [
    { ...asGiven, apply: images => images },
    ...(fits ? [cut] : []),
    squashed,
    ...(resize >= size ? [both] : []),
  ]
}

function centre({ count, height, width, data }: Images, size: number): Images {
  const top = Math.round((height - size) / 2)
  const left = Math.round((width - size) / 2)
  const part = new Float32Array(count * 3 * size * size)
  for (let at = 0; at < 3 * count; at++)
    for (let y = 0; y < size; y++) {
      const from = (at * height + top + y) * width + left
      part.set(data.subarray(from, from + size), (at * size + y) * size)
    }
  return { count, height: size, width: size, data: part }
}

/** Bilinear between pixel centres, without smoothing. */
function resized({ count, height, width, data }: Images, rows: number, columns: number): Images {
  const made = new Float32Array(count * 3 * rows * columns)
  const along = (extent: number, target: number) =>
    Array.from({ length: target }, (_, place) => {
      const exact = Math.min(Math.max(((place + 0.5) * extent) / target - 0.5, 0), extent - 1)
      const low = Math.floor(exact)
      return { low, high: Math.min(low + 1, extent - 1), share: exact - low }
    })
  const [ys, xs] = [along(height, rows), along(width, columns)]
  let next = 0
  for (let at = 0; at < 3 * count; at++) {
    const plane = at * height * width
    for (const y of ys)
      for (const x of xs) {
        const value = (row: number) => {
          const start = plane + row * width
          return data[start + x.low] * (1 - x.share) + data[start + x.high] * x.share
        }
        made[next++] = value(y.low) * (1 - y.share) + value(y.high) * y.share
      }
  }
  return { count, height: rows, width: columns, data: made }
}

interface Range {
  words: string
  /** a number of this range is factor x + shift of a colour from 0 to 1 */
  factor: readonly number[]
  shift: readonly number[]
}

const all = (value: number) => [value, value, value]
const imagenet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] }
const normalised = (
  words: string,
  { mean, deviation }: { mean: readonly number[]; deviation: readonly number[] },
): Range => ({
  words,
  factor: deviation.map(value => 1 / value),
  shift: mean.map((value, channel) => -value / deviation[channel]),
})

/**
 * What the colours may have been, and what the network may have been fed: as they are first, then what is missing here
 * or was done twice. Colours are turned round last.
 */
export function colourings(preprocessing: Preprocessing): Colours[] {
  const own = normalised('the network’s own mean and deviation taken off', preprocessing)
  const bytes: Range = { words: 'from 0 to 255', factor: all(255), shift: all(0) }
  const unit: Range = { words: 'from 0 to 1', factor: all(1), shift: all(0) }
  const signed: Range = { words: 'from -1 to 1', factor: all(2), shift: all(-1) }
  const usual = normalised('ImageNet’s mean and deviation taken off', imagenet)
  const caffe: Range = {
    words: 'from 0 to 255 with Caffe’s mean colour taken off',
    factor: all(255),
    shift: [-123.68, -116.779, -103.939],
  }
  const ranges = [own, unit, bytes, usual, signed, caffe]
  const found: Colours[] = []
  const add = (colours: Colours) => {
    const same = (other: Colours) =>
      isTurnedAlike(colours, other) &&
      isClose(colours.factor, other.factor) &&
      isClose(colours.shift, other.shift)
    if (!found.some(same)) found.push(colours)
  }
  const plain = { factor: all(1), shift: all(0) }
  add({ ...asGiven, ...plain })
  add({ words: 'the colours came in the order blue, green, red (BGR)', cost: 1, ...plain, turned: 'before' })
  for (const turned of [undefined, 'before', 'after'] as const) {
    for (const from of ranges) {
      for (const to of ranges) {
        if (from === to) continue
        const factor = to.factor.map((value, channel) => value / from.factor[channel])
        const shift = to.shift.map((value, channel) => value - factor[channel] * from.shift[channel])
        const words = `colours ${from.words} were fed ${to === own ? `with ${own.words}` : to.words} (preprocessing)`
        const rare = Number(from === caffe) + Number(to !== own)
        add({
          words: turned ? `${words}, in the order blue, green, red (BGR)` : words,
          cost: 1 + rare + (turned === undefined ? 0 : turned === 'before' ? 1 : 1.5),
          factor,
          shift,
          turned,
        })
      }
    }
  }
  return found
}

/** Where all colours are treated alike, it makes no difference when they are turned round. */
const isTurnedAlike = (a: Colours, b: Colours): boolean =>
  a.turned === b.turned ||
  (a.turned !== undefined &&
    b.turned !== undefined &&
    [a.factor, a.shift].every(values => new Set(values).size === 1))

const isClose = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((value, index) => Math.abs(value - b[index]) <= 1e-6 * Math.max(1, Math.abs(value)))

export function recolour({ count, height, width, data }: Images, { factor, shift, turned }: Colours): Images {
  const plane = height * width
  const made = new Float32Array(data.length)
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < 3; channel++) {
      const from = (3 * image + channel) * plane
      const target = turned ? 2 - channel : channel
      const to = (3 * image + target) * plane
      const own = turned === 'before' ? target : channel
      for (let place = 0; place < plane; place++)
        made[to + place] = factor[own] * data[from + place] + shift[own]
    }
  }
  return { count, height, width, data: made }
}
