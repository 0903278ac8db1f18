/**
 * Maps from covering parts of an image, without any gradient: what a class loses or keeps.
 *
 * Occlusion (Zeiler and Fergus 2014, section 4.2): logit(x) - logit(x with a patch of the mean colour over the place).
 * RISE (Petsiuk, Das and Saenko 2018, eq. 6): the mean probability over random masks, weighted by how visible the pixel
 *   is. It is divided by the weights themselves, not by their expectation, so a network that answers the same to
 *   everything gives an even map.
 * Score-CAM (Wang et al. 2020, eq. 6 and 9): ReLU(sum_j alpha_j A_j), alpha the softmax over channels of what the logit
 *   of the image seen through the map A_j, from 0 to 1, has beyond that of the mean colour.
 */
import { random } from '../../base/random.ts'
import type { Grid } from '../../graph/receptive-field/grid.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { probabilities } from '../../models/classification.ts'
import { buildNetwork, type Network, possibleBatch } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import { mapsNamed, mapsOf } from '../maps/layer-maps.ts'
import { valuesAt } from '../maps/painting.ts'
import type { Answers } from './answers.ts'

/** Writes how visible each pixel is, from 0 to 1. */
type WriteMask = (pass: number, target: Float32Array) => void

/**
 * The logits of one image under `count` masks: count x classes, row-major.
 * @param image prepared, (3, size, size); what is covered has the mean colour
 */
export function coveredLogits(
  answers: Answers,
  image: Float32Array,
  count: number,
  write: WriteMask,
): Promise<Float32Array> {
  const area = image.length / 3
  const mask = new Float32Array(area)
  return answers.logits(count, (pass, target) => {
    write(pass, mask)
    for (let at = 0; at < target.length; at++) target[at] = image[at] * mask[at % area]
  })
}

/** Patches of a side, half a side apart, from border to border: cells of a map at their centres. */
export function patchGrid(size: number, patch: number): Grid {
  const steps = Math.max(1, Math.ceil((size - patch) / Math.max(1, Math.floor(patch / 2))))
  // An even distance, so that the last patch ends at the border.
  const stride = (size - patch) / steps
  const count = stride > 0 ? steps + 1 : 1
  return {
    height: count,
    width: count,
    centre: [(patch - 1) / 2, (patch - 1) / 2],
    stride: [stride || patch, stride || patch],
  }
}

/** Covers the patch of a cell. */
export function patchMask({ width, stride, centre }: Grid, size: number, patch: number): WriteMask {
  const firstOf = (cell: number, side: 0 | 1) =>
    Math.round(centre[side] - (patch - 1) / 2 + cell * stride[side])
  return (cell, target) => {
    target.fill(1)
    const [top, left] = [firstOf(Math.floor(cell / width), 0), firstOf(cell % width, 1)]
    for (let y = top; y < Math.min(size, top + patch); y++)
      target.fill(0, y * size + left, y * size + Math.min(size, left + patch))
  }
}

/** Cells of the small masks of RISE along a side, and how many of them are visible (section 3.3). */
const cells = 7
const visible = 0.5

/** Random small masks, enlarged and shifted at random, the same for every image. */
export function riseMask(size: number, seed: number): WriteMask {
  return (pass, target) => {
    const stream = random(seed, 'rise', pass)
    const small = Float32Array.from({ length: (cells + 1) ** 2 }, () => Number(stream.chance(visible)))
    const cell = size / cells
    const [up, left] = [stream.uniform(), stream.uniform()]
    const at = (y: number, x: number) => small[Math.min(y, cells) * (cells + 1) + Math.min(x, cells)]
    for (let y = 0; y < size; y++) {
      const row = Math.min(y / cell + up, cells)
      const [top, down] = [Math.floor(row), row % 1]
      for (let x = 0; x < size; x++) {
        const column = Math.min(x / cell + left, cells)
        const [first, right] = [Math.floor(column), column % 1]
        target[y * size + x] =
          (1 - down) * ((1 - right) * at(top, first) + right * at(top, first + 1)) +
          down * ((1 - right) * at(top + 1, first) + right * at(top + 1, first + 1))
      }
    }
  }
}

/**
 * For each list of scores, one for each mask, their mean weighted by how visible each pixel is. Each mask is made once,
 * however many lists there are: to make it takes longer than to use it.
 */
export function weightedByMasks(
  lists: readonly ArrayLike<number>[],
  passes: number,
  area: number,
  write: WriteMask,
): Float32Array[] {
  const sums = lists.map(() => new Float64Array(area))
  const total = new Float64Array(area)
  const mask = new Float32Array(area)
  for (let pass = 0; pass < passes; pass++) {
    write(pass, mask)
    for (let at = 0; at < area; at++) total[at] += mask[at]
    lists.forEach((scores, list) => {
      const [sum, score] = [sums[list], scores[pass]]
      for (let at = 0; at < area; at++) sum[at] += score * mask[at]
    })
  }
  return sums.map(sum => Float32Array.from(sum, (value, at) => (total[at] > 0 ? value / total[at] : 0)))
}

/** The maps of a layer of one image: channels x height x width. */
export async function createLayerReader(engine: Engine, network: Network, layer: string | undefined) {
  const { size } = network.preprocessing
  const batch = possibleBatch(network, 1)
  const built = buildNetwork(network, { batch })
  const maps = mapsOf(mapsNamed(built, layer))
  const [, channels, height, width] = maps.shape
  const program = await engine.compile({
    graph: built.graph,
    outputs: { maps },
    parameters: network.parameters,
  })
  return {
    channels,
    dispose: () => program.dispose(),
    async read(image: Float32Array): Promise<Float32Array> {
      const images = new Float32Array(batch * image.length)
      images.set(image)
      const result = await program.run({ [built.images.name]: float32([batch, 3, size, size], images) })
      return floats(result.maps).slice(0, channels * height * width)
    },
  }
}

/** Looks at the image through each channel of a layer, enlarged to where its cells look and scaled from 0 to 1. */
export function channelMask(maps: Float32Array, grid: Grid, size: number): WriteMask {
  const cellsOfMap = grid.height * grid.width
  return (channel, target) => {
    const values = valuesAt(maps.subarray(channel * cellsOfMap, (channel + 1) * cellsOfMap), grid, size, size)
    const low = values.reduce((a, b) => Math.min(a, b))
    const high = values.reduce((a, b) => Math.max(a, b))
    for (let at = 0; at < target.length; at++) target[at] = high > low ? (values[at] - low) / (high - low) : 0
  }
}

/** @param scores of the class, one for each channel, less that of the covered image */
export function scoreWeighted(maps: Float32Array, scores: Float64Array): Float32Array {
  const weights = probabilities(scores)
  const cellsOfMap = maps.length / weights.length
  const result = new Float32Array(cellsOfMap)
  weights.forEach((weight, channel) => {
    for (let at = 0; at < cellsOfMap; at++) result[at] += weight * maps[channel * cellsOfMap + at]
  })
  return result.map(value => Math.max(0, value))
}
