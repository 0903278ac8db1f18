/**
 * Does a map name the pixels that matter? Deletion covers them in the order of the map, hottest first, with the mean
 * colour: the probability of the class should fall at once, so the area under its curve should be small. Insertion
 * begins with a blurred image and makes the same pixels sharp: the area should be large. Petsiuk, Das and Saenko, "RISE"
 * (BMVC 2018), section 4.1.
 *
 * Beside each curve stands that of a random map of few cells, which is what these areas are without any knowledge.
 */
import { random } from '../../base/random.ts'
import { probabilityOf } from '../../models/classification.ts'
import type { Network } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import { valuesAt } from '../maps/painting.ts'
import { createAnswers } from './answers.ts'

/** Probabilities of the class with 0, 1, ... all `steps` parts of the pixels changed. */
export interface Curves {
  deletion: number[]
  insertion: number[]
}

export interface CurveMaker {
  /** @param order places of all pixels, the first to be changed first */
  curves(image: Float32Array, classIndex: number, order: Int32Array): Promise<Curves>
  dispose(): Promise<void>
}

export const steps = 32

export function createCurves(engine: Engine, network: Network, signal: AbortSignal): CurveMaker {
  const { head, preprocessing } = network
  const { size } = preprocessing
  const area = size * size
  const scores = head.kind === 'classes' ? head.scores : undefined
  const answers = createAnswers(engine, network, signal)
  /** From what it is at first to what it is at last, pixel by pixel. */
  async function curve(from: Float32Array, to: Float32Array, classIndex: number, order: Int32Array) {
    const points = steps + 1
    const logits = await answers.logits(points, (step, target) => {
      target.set(from)
      const changed = Math.round((step / steps) * area)
      for (let at = 0; at < changed; at++)
        for (let plane = 0; plane < 3 * area; plane += area) target[plane + order[at]] = to[plane + order[at]]
    })
    const classes = logits.length / points
    return Array.from({ length: points }, (_, step) =>
      probabilityOf(logits.subarray(step * classes, (step + 1) * classes), classIndex, scores),
    )
  }
  return {
    dispose: answers.dispose,
    async curves(image, classIndex, order) {
      return {
        // The mean colour is zero once an image is prepared.
        deletion: await curve(image, new Float32Array(3 * area), classIndex, order),
        insertion: await curve(blurred(image, size), image, classIndex, order),
      }
    },
  }
}

/** Places of pixels, the hottest first; equal ones in their order. */
export const orderOf = (values: Float32Array): Int32Array =>
  Int32Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b)

const cells = 7

/** The same for each seed and image, by its name: methods that take images in another order are compared with the same. */
export function randomOrder(size: number, seed: number, name: string): Int32Array {
  const stream = random(seed, 'random map', name)
  const map = Float32Array.from({ length: cells ** 2 }, () => stream.uniform())
  const stride = size / cells
  const at = (stride - 1) / 2
  const grid = {
    height: cells,
    width: cells,
    centre: [at, at] as [number, number],
    stride: [stride, stride] as [number, number],
  }
  return orderOf(valuesAt(map, grid, size, size))
}

/** The area under a curve from 0 to 1, by trapezoids. */
export function areaUnder(curve: readonly number[]): number {
  const ends = (curve[0] + curve[curve.length - 1]) / 2
  return (curve.slice(1, -1).reduce((sum, value) => sum + value, 0) + ends) / (curve.length - 1)
}

/** By a Gaussian, 5 pixels wide in an image of 224 as in the paper; the border is repeated. */
export function blurred(image: Float32Array, size: number): Float32Array {
  const deviation = (5 * size) / 224
  const reach = Math.ceil(2.5 * deviation)
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const along = (source: Float32Array, step: number, across: number): Float32Array => {
    const result = new Float32Array(source.length)
    for (let plane = 0; plane < source.length; plane += size * size)
      for (let line = 0; line < size; line++)
        for (let at = 0; at < size; at++) {
          let sum = 0
          for (let k = -reach; k <= reach; k++) {
            const place = Math.min(size - 1, Math.max(0, at + k))
            sum += weights[k + reach] * source[plane + line * across + place * step]
          }
          result[plane + line * across + at * step] = sum / total
        }
    return result
  }
  return along(along(image, 1, size), size, 1)
}
