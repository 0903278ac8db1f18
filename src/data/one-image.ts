/**
 * Crops of a single image, as training images: as many as one likes, each a function of the seed and its number, made
 * when it is asked for. The recipe of Asano, Rupprecht and Vedaldi, "A critical analysis of self-supervision, or what we
 * can learn from a single image" (ICLR 2020): a random square of half the short side, a random resized crop of a 500th to
 * all of it, turned and sheared by up to 30 degrees, its centre, and half of the time other colours.
 *
 * All geometry is one affine map. It is sampled bilinearly from a pyramid of halved images, at the level whose pixels
 * are no finer than the crop's.
 */
import type { Picture } from '../base/picture.ts'
import { type Random, random } from '../base/random.ts'
import { colourJitter } from './colour.ts'
import { resample } from './prepare/resample.ts'

export interface CropRecipe {
  /** share of the short side that the square has which is cut first */
  square: number
  /** share of that square's area that a crop has */
  area: readonly [number, number]
  /** width to height, drawn on a logarithmic scale */
  ratio: readonly [number, number]
  /** degrees of turning and of shearing, in either direction */
  turn: number
  shear: number
  /** how often colours are changed */
  colours: number
}

export const paperRecipe: CropRecipe = {
  square: 0.5,
  area: [1 / 500, 1],
  ratio: [3 / 4, 4 / 3],
  turn: 30,
  shear: 30,
  colours: 0.5,
}

/** The control: whole squares only, nothing turned. */
export const plainRecipe: CropRecipe = {
  ...paperRecipe,
  area: [1, 1],
  ratio: [1, 1],
  turn: 0,
  shear: 0,
  colours: 0,
}

const jitter = { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }

/** The image and its halves, down to a few pixels. */
export function pyramidOf(image: Picture): Picture[] {
  const levels = [image]
  for (let last = image; Math.min(last.width, last.height) > 16; ) {
    const [width, height] = [last.width, last.height].map(extent => Math.max(1, extent >> 1))
    last = resample(last, width, height)
    levels.push(last)
  }
  return levels
}

/** Crop `index`, `size` x `size` pixels, of the image whose pyramid this is. */
export function cropOf(
  pyramid: readonly Picture[],
  size: number,
  seed: number,
  index: number,
  recipe: CropRecipe = paperRecipe,
): Picture {
  const stream = random(seed, 'crop of one image', index)
  const view = viewOf(pyramid[0], size, recipe, stream)
  const data = sampled(pyramid, view, size)
  if (stream.chance(recipe.colours)) recolour(data, size, stream)
  return { width: size, height: size, data }
}

/** Pixel (x, y) of the crop, counted from its centre, looks at (centre + x * across + y * down). */
interface View {
  centreX: number
  centreY: number
  acrossX: number
  acrossY: number
  downX: number
  downY: number
  /** the crop before it was turned: what lies outside of it is black */
  halfWidth: number
  halfHeight: number
}

function viewOf({ width, height }: Picture, size: number, recipe: CropRecipe, stream: Random): View {
  const side = recipe.square * Math.min(width, height)
  const [left, top] = [stream.uniform(0, width - side), stream.uniform(0, height - side)]
  const area = stream.uniform(...recipe.area) * side * side
  const ratio = Math.exp(stream.uniform(Math.log(recipe.ratio[0]), Math.log(recipe.ratio[1])))
  const [w, h] = [Math.sqrt(area * ratio), Math.sqrt(area / ratio)].map(extent => Math.min(side, extent))
  const [x, y] = [left + stream.uniform(0, side - w), top + stream.uniform(0, side - h)]
  // The crop is brought to √2 of the size, turned and sheared, and its centre kept.
  const larger = Math.SQRT2 * size
  const [turn, shear] = [recipe.turn, recipe.shear].map(most => (stream.uniform(-most, most) * Math.PI) / 180)
  const [cos, sin, tan] = [Math.cos(turn), Math.sin(turn), Math.tan(shear)]
  const [stepX, stepY] = [w / larger, h / larger]
  return {
    centreX: x + w / 2 - 0.5,
    centreY: y + h / 2 - 0.5,
    acrossX: stepX * cos,
    acrossY: stepY * sin,
    downX: stepX * (cos * tan - sin),
    downY: stepY * (sin * tan + cos),
    halfWidth: w / 2,
    halfHeight: h / 2,
  }
}

function sampled(pyramid: readonly Picture[], view: View, size: number): Uint8Array {
  // Twice as many pixels of the image as of the crop: one level further.
  const step = Math.max(Math.hypot(view.acrossX, view.acrossY), Math.hypot(view.downX, view.downY))
  const level = Math.max(0, Math.min(pyramid.length - 1, Math.floor(Math.log2(step) + 0.5)))
  const { width, height, data: source } = pyramid[level]
  const scale = [width / pyramid[0].width, height / pyramid[0].height]
  const data = new Uint8Array(3 * size * size)
  const middle = (size - 1) / 2
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const [u, v] = [column - middle, row - middle]
      const dx = view.acrossX * u + view.downX * v
      const dy = view.acrossY * u + view.downY * v
      if (Math.abs(dx) > view.halfWidth || Math.abs(dy) > view.halfHeight) continue
      const x = clamped((view.centreX + dx + 0.5) * scale[0] - 0.5, width)
      const y = clamped((view.centreY + dy + 0.5) * scale[1] - 0.5, height)
      const [x0, y0] = [Math.floor(x), Math.floor(y)]
      const [fx, fy] = [x - x0, y - y0]
      const right = x0 + 1 < width ? 3 : 0
      const below = y0 + 1 < height ? 3 * width : 0
      const from = 3 * (y0 * width + x0)
      const to = 3 * (row * size + column)
      for (let channel = 0; channel < 3; channel++) {
        const at = from + channel
        const upper = source[at] + fx * (source[at + right] - source[at])
        const lower = source[at + below] + fx * (source[at + below + right] - source[at + below])
        data[to + channel] = upper + fy * (lower - upper) + 0.5
      }
    }
  return data
}

const clamped = (place: number, extent: number): number => Math.max(0, Math.min(extent - 1, place))

function recolour(data: Uint8Array, size: number, stream: Random): void {
  const plane = size * size
  const planes = new Float32Array(3 * plane)
  for (let at = 0; at < data.length; at++) planes[(at % 3) * plane + Math.floor(at / 3)] = data[at] / 255
  colourJitter(planes, 0, plane, jitter, stream)
  for (let at = 0; at < data.length; at++)
    data[at] = Math.max(0, Math.min(255, Math.round(255 * planes[(at % 3) * plane + Math.floor(at / 3)])))
}
