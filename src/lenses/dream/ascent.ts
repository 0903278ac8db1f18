/**
 * Gradient ascent on the pixels, as deep dreams are made (Mordvintsev, Olah and Tyka 2015): steps of a fixed mean
 * size, each on an image that is jittered first, at one octave after the other, the smallest first. What an
 * octave has added to the photograph, the detail, is enlarged and carried over to the next.
 */
import { GlasshouseError } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { random } from '../../base/random.ts'
import { resample } from '../../data/prepare/resample.ts'
import type { Gradients, ObjectiveGradient } from './gradients.ts'
import { cut, enlarge, type Image, imageOf, minus, paste, plus, roll } from './image.ts'

export interface AscentOptions {
  octaves: number
  /** ratio of the sides of one octave and the next */
  octaveScale: number
  /** steps at each octave */
  steps: number
  /** mean change of a value in one step, on the scale 0 to 255 */
  stepSize: number
  /** largest shift of the image before a step, in pixels */
  jitter: number
  /** keep values within 0 to 255 */
  clip: boolean
  /** an image with a longer side is taken in tiles of at most this side */
  tile: number
  /** octaves with a shorter side are left out */
  smallest: number
}

export interface Octave {
  width: number
  height: number
  /** the objective before each step */
  objective: number[]
}

export interface Ascent {
  image: Image
  octaves: Octave[]
}

export interface AscentContext {
  seed: number
  signal?: AbortSignal
  onStep?(image: Image): void | Promise<void>
}

export async function ascend(
  gradients: Gradients,
  start: Picture,
  options: AscentOptions,
  context: AscentContext,
): Promise<Ascent> {
  const octaves: Octave[] = []
  let image = imageOf(start)
  let detail: Image | undefined
  for (const { width, height } of octaveSizes(start, options)) {
    const base = imageOf(resample(start, width, height))
    const objective: number[] = []
    image = detail ? plus(base, enlarge(detail, width, height)) : base
    for (let step = 0; step < options.steps; step++) {
      context.signal?.throwIfAborted()
      const found = await shiftedGradient(
        gradients,
        image,
        options,
        random(context.seed, 'dream', octaves.length, step),
      )
      objective.push(found.objective)
      image = stepped(image, found.gradient, options)
      await context.onStep?.(image)
    }
    detail = minus(image, base)
    octaves.push({ width, height, objective })
  }
  return { image, octaves }
}

/** Sizes of the octaves, the smallest first; the last is the image's own. */
export function octaveSizes(
  { width, height }: { width: number; height: number },
  { octaves, octaveScale, smallest }: Pick<AscentOptions, 'octaves' | 'octaveScale' | 'smallest'>,
): { width: number; height: number }[] {
  const side = (extent: number, octave: number) => Math.max(1, Math.round(extent / octaveScale ** octave))
  return Array.from({ length: octaves }, (_, octave) => ({
    width: side(width, octave),
    height: side(height, octave),
  }))
    .filter((size, octave) => octave === 0 || Math.min(size.width, size.height) >= smallest)
    .reverse()
}

/** The sum of |g|: over their number it is the mean size of a gradient's values. */
export function totalSize(gradient: Float32Array): number {
  let sum = 0
  for (const value of gradient) sum += Math.abs(value)
  return sum
}

/** x + step / mean|g| * g: the mean change of a value is the step, whatever the scale of the objective. */
export function stepped(
  image: Image,
  gradient: Float32Array,
  { stepSize, clip }: Pick<AscentOptions, 'stepSize' | 'clip'>,
): Image {
  const sum = totalSize(gradient)
  if (!Number.isFinite(sum))
    throw new GlasshouseError({
      code: 'dream-diverged',
      what: 'the gradient of the objective is not finite',
      hint: 'Check the weights of the network, or choose another layer',
    })
  if (sum === 0) return image
  const factor = (stepSize * gradient.length) / sum
  const data = new Float32Array(gradient.length)
  const [low, high] = clip ? [0, 255] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let i = 0; i < data.length; i++)
    data[i] = Math.min(high, Math.max(low, image.data[i] + factor * gradient[i]))
  return { ...image, data }
}

/** The gradient at an image that is shifted first, round its borders; the gradient is shifted back. */
async function shiftedGradient(
  gradients: Gradients,
  image: Image,
  { jitter, tile }: AscentOptions,
  stream: ReturnType<typeof random>,
): Promise<ObjectiveGradient> {
  const inTiles = Math.max(image.width, image.height) > tile
  // Borders of tiles leave no seams where they fall on other places at every step.
  const [reachDown, reachRight] = inTiles
    ? [Math.max(jitter, tile), Math.max(jitter, tile)]
    : [jitter, jitter]
  const down = stream.integer(2 * reachDown + 1) - reachDown
  const right = stream.integer(2 * reachRight + 1) - reachRight
  const shaken = roll(image, down, right)
  const found = inTiles ? await gradientInTiles(gradients, shaken, tile) : await gradients.at(shaken)
  return { ...found, gradient: roll({ ...image, data: found.gradient }, -down, -right).data }
}

/** Tiles of one size that cover the image; where they overlap, by less than a row of them, the later counts. */
async function gradientInTiles(gradients: Gradients, image: Image, tile: number): Promise<ObjectiveGradient> {
  const rows = startsOf(image.height, tile)
  const columns = startsOf(image.width, tile)
  const whole: Image = { ...image, data: new Float32Array(image.data.length) }
  let objective = 0
  for (const top of rows.starts)
    for (const left of columns.starts) {
      const part = cut(image, top, left, rows.extent, columns.extent)
      const found = await gradients.at(part)
      objective += found.objective
      paste(whole, { ...part, data: found.gradient }, top, left)
    }
  return { objective, gradient: whole.data }
}

function startsOf(extent: number, tile: number): { starts: number[]; extent: number } {
  const count = Math.ceil(extent / tile)
  const own = Math.ceil(extent / count)
  const starts = Array.from({ length: count }, (_, index) =>
    Math.floor((index * (extent - own)) / Math.max(1, count - 1)),
  )
  return { starts, extent: own }
}
