/**
 * Checks gradients against central finite differences. The function under test maps float32 tensors to one
 * float32 tensor; it is contracted with fixed random weights in float64, so that differences keep their digits.
 */
import { expect } from 'vitest'
import { random } from '../src/base/random.ts'
import { gradient } from '../src/graph/gradient.ts'
import { Graph, type Value } from '../src/graph/graph.ts'
import { float32, type Shape, sizeOf, type Tensor } from '../src/graph/tensor.ts'
import { createEngine } from '../src/runtime/engine.node.ts'

export interface GradientCase {
  shapes: Shape[]
  build: (...inputs: Value[]) => Value
  /** values are drawn uniformly from here; -1 to 1 unless given */
  range?: [number, number]
  /** distance of the two evaluations */
  step?: number
  tolerance?: number
}

export const engine = await createEngine({ threads: 1 })

/** Evenly spread, shuffled values: no two equal, so that maxima and kinks stay clear of the step. */
function spreadValues(shape: Shape, [low, high]: [number, number], seed: number): Float32Array {
  const count = sizeOf(shape)
  const values = Float32Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.5)) / count)
  return random(seed, 'values', count).shuffle(values)
}

export async function checkGradient(c: GradientCase): Promise<void> {
  await check(c.shapes, c.build, c)
}

/** The same for the gradient itself: contracts it with fixed weights and differentiates once more. */
export async function checkSecondGradient(c: GradientCase): Promise<void> {
  const first = (...inputs: Value[]) => {
    const y = c.build(...inputs)
    const [dx] = gradient(y, [inputs[0]], y.graph.constant(weightsFor(y.shape)))
    return dx
  }
  await check(c.shapes, first, c)
}

const weightsFor = (shape: Shape): Tensor => {
  const stream = random(7, 'weights', sizeOf(shape))
  return float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => stream.uniform(-1, 1)),
  )
}

async function check(
  shapes: Shape[],
  build: GradientCase['build'],
  { range = [-1, 1], step = 4e-3, tolerance = 4e-3 }: GradientCase,
): Promise<void> {
  const graph = new Graph()
  const inputs = shapes.map((shape, index) => graph.input(`x${index}`, shape))
  const y = build(...inputs)
  const weights = weightsFor(y.shape)
  const gradients = gradient(y, inputs, graph.constant(weights))
  const forward = await engine.compile({ graph, outputs: { y } })
  const backward = await engine.compile({
    graph,
    outputs: Object.fromEntries(gradients.map((g, index) => [`g${index}`, g])),
  })

  const feeds = Object.fromEntries(
    shapes.map((shape, index) => [`x${index}`, float32(shape, spreadValues(shape, range, index + 1))]),
  )
  const analytic = await backward.run(feeds)
  const value = async () => {
    const { y: result } = await forward.run(feeds)
    return (result.data as Float32Array).reduce(
      (sum, element, i) => sum + element * (weights.data as Float32Array)[i],
      0,
    )
  }
  for (let index = 0; index < shapes.length; index++) {
    const data = feeds[`x${index}`].data as Float32Array
    const computed = analytic[`g${index}`].data as Float32Array
    expect(analytic[`g${index}`].shape).toEqual(shapes[index])
    const numeric = new Float64Array(data.length)
    for (let i = 0; i < data.length; i++) {
      const kept = data[i]
      data[i] = kept + step
      const [right, above] = [data[i], await value()]
      data[i] = kept - step
      const [left, below] = [data[i], await value()]
      data[i] = kept
      numeric[i] = (above - below) / (right - left)
    }
    const scale = numeric.reduce((most, v) => Math.max(most, Math.abs(v)), 0.1)
    for (let i = 0; i < data.length; i++) {
      expect(
        Math.abs(computed[i] - numeric[i]) / scale,
        `input ${index}, element ${i}: ${computed[i]} against ${numeric[i]}`,
      ).toBeLessThan(tolerance)
    }
  }
  await forward.dispose()
  await backward.dispose()
}
