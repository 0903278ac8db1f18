/** What is recognised without the network: from the pixels, the colours, and from features that nobody has trained. */
import { resample } from '../../data/prepare/resample.ts'
import { pictureAt } from '../../data/store.ts'
import type { Context } from '../../runtime/context.ts'
import type { Labelled } from '../../training/linear-descent.ts'
import { probeAccuracy } from '../../training/linear-probe.ts'
import type { TrainingData } from '../training-data.node.ts'
import type { PooledFeatures } from './features.node.ts'

export interface LinearBaselines {
  /** a linear classifier on the image at 16 x 16 pixels */
  pixels: number
  /** a linear classifier on the histogram of colours */
  colours: number
  /** a linear classifier on the features of the network before training */
  random: number
}

const pixelSide = 16
/** Steps of each colour. */
const levels = 4
const pixelsOfOne = 3 * pixelSide ** 2
const coloursOfOne = levels ** 3

/** @param features by the network before any training */
export async function linearBaselines(
  context: Context,
  data: TrainingData,
  features: PooledFeatures,
): Promise<LinearBaselines> {
  const engine = await context.engine()
  const forms = data.dataset.classes.length
  const accuracyOn = async (
    dim: number,
    of: (indices: Int32Array) => Promise<Float32Array> | Float32Array,
  ) => {
    const rows = async (indices: Int32Array): Promise<Labelled> => ({
      features: await of(indices),
      labels: indices.map(index => data.labels[index]),
    })
    const [train, test] = [await rows(data.train), await rows(data.test)]
    return probeAccuracy(engine, train, test, {
      dim,
      classes: forms,
      group: forms,
      seed: context.seed,
      work: context,
    })
  }
  const each =
    (dim: number, fill: (index: number, target: Float32Array) => void) => (indices: Int32Array) => {
      const rows = new Float32Array(indices.length * dim)
      indices.forEach((index, row) => {
        fill(index, rows.subarray(row * dim, (row + 1) * dim))
      })
      return rows
    }
  return {
    pixels: await accuracyOn(
      pixelsOfOne,
      each(pixelsOfOne, (index, target) => {
        target.set(resample(pictureAt(data.store, index), pixelSide, pixelSide).data)
      }),
    ),
    colours: await accuracyOn(
      coloursOfOne,
      each(coloursOfOne, (index, target) => {
        const { data: bytes } = pictureAt(data.store, index)
        const step = (value: number) => Math.floor((value * levels) / 256)
        for (let at = 0; at < bytes.length; at += 3)
          target[(step(bytes[at]) * levels + step(bytes[at + 1])) * levels + step(bytes[at + 2])]++
      }),
    ),
    random: await accuracyOn(features.dim, features.of),
  }
}
