/**
 * Maps of pixels, from gradients of the logit that are averaged over many images.
 *
 * Integrated gradients (Sundararajan, Taly and Yan 2017, eq. 1), from the baseline b, the mean colour, to the image x:
 *   (x - b) times the mean of d logit / d x over the way from b to x. Its sum over all pixels and colours is
 *   logit(x) - logit(b), up to the error of the sum (midpoint rule).
 * SmoothGrad (Smilkov et al. 2017, section 3): the mean gradient over copies with normal noise; the colours' absolute
 *   values are added, since the sign depends on whether a pixel is bright or dark.
 */
import { random } from '../../base/random.ts'
import { gradient } from '../../graph/gradient.ts'
import { mul } from '../../graph/ops/elementwise.ts'
import { reduceSum } from '../../graph/ops/reduce.ts'
import { oneHot } from '../../graph/ops/softmax.ts'
import { float32, floats, int64 } from '../../graph/tensor.ts'
import { buildNetwork, type Network, possibleBatch } from '../../nets/network.ts'
import type { Engine } from '../../runtime/engine.ts'
import type { PixelMethod } from './methods.ts'

/** Standard deviation of the noise of SmoothGrad, as a share of the range of the image (section 4.1: 10 to 20 %). */
const noise = 0.15

export interface PixelMaps {
  /** @param image prepared, (3, size, size) @returns size x size */
  map(image: Float32Array, classIndex: number): Promise<Float32Array>
  dispose(): Promise<void>
}

export async function createPixelMaps(
  engine: Engine,
  network: Network,
  {
    method,
    passes,
    seed,
    signal,
  }: { method: PixelMethod; passes: number; seed: number; signal: AbortSignal },
): Promise<PixelMaps> {
  const { size } = network.preprocessing
  const length = 3 * size * size
  // Batches of one size, so that the last one is not mostly empty.
  const batch = possibleBatch(network, Math.ceil(passes / Math.ceil(passes / 16)))
  const built = buildNetwork(network, { batch })
  const [, classes] = built.output.shape
  const asked = built.graph.input('asked', [batch], 'int64')
  const [slope] = gradient(reduceSum(mul(built.output, oneHot(asked, classes))), [built.images])
  const program = await engine.compile({
    graph: built.graph,
    outputs: { slope },
    parameters: network.parameters,
  })

  /** Mean of d logit / d image over the images that `write` makes. */
  async function meanGradient(classIndex: number, write: (pass: number, target: Float32Array) => void) {
    const sum = new Float64Array(length)
    const images = new Float32Array(batch * length)
    const classIndices = int64([batch], new Array<number>(batch).fill(classIndex))
    for (let start = 0; start < passes; start += batch) {
      signal.throwIfAborted()
      const rows = Math.min(batch, passes - start)
      for (let row = 0; row < rows; row++)
        write(start + row, images.subarray(row * length, (row + 1) * length))
      const result = await program.run({
        [built.images.name]: float32([batch, 3, size, size], images),
        asked: classIndices,
      })
      const slopes = floats(result.slope)
      for (let at = 0; at < rows * length; at++) sum[at % length] += slopes[at] / passes
    }
    return sum
  }

  return {
    dispose: () => program.dispose(),
    async map(image, classIndex) {
      const result = new Float32Array(size * size)
      if (method === 'integrated-gradients') {
        // The mean colour is zero once an image is prepared.
        const mean = await meanGradient(classIndex, (pass, target) => {
          const share = (pass + 0.5) / passes
          for (let at = 0; at < length; at++) target[at] = share * image[at]
        })
        for (let at = 0; at < length; at++) result[at % (size * size)] += image[at] * mean[at]
        return result
      }
      const deviation =
        noise * (image.reduce((a, b) => Math.max(a, b)) - image.reduce((a, b) => Math.min(a, b)))
      const mean = await meanGradient(classIndex, (pass, target) => {
        random(seed, 'smooth-grad', pass).normals(target, deviation)
        for (let at = 0; at < length; at++) target[at] += image[at]
      })
      for (let at = 0; at < length; at++) result[at % (size * size)] += Math.abs(mean[at])
      return result
    },
  }
}
