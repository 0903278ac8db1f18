import { expect, it } from 'vitest'
import { random } from '../../base/random.ts'
import { createEngine } from '../../runtime/engine.node.ts'
import { Graph } from '../graph.ts'
import { encodeModel } from '../onnx/encode.ts'
import { conv } from '../ops/convolution.ts'
import { add } from '../ops/elementwise.ts'
import { batchNorm } from '../ops/normalisation.ts'
import { float32, type Shape, sizeOf, type Tensor } from '../tensor.ts'
import { foldBatchNorm } from './fold-batch-norm.ts'

const engine = await createEngine({ threads: 1 })
const shapes: Record<string, Shape> = { w: [6, 3, 3, 3], scale: [6], bias: [6], mean: [6], variance: [6] }

/** A convolution with a normalisation; `shared`: something else sees the convolution's output too. */
function normalised(shared: boolean) {
  const { uniform } = random(3, 'fold', String(shared))
  const graph = new Graph()
  const x = graph.input('x', [2, 3, 5, 5])
  const parameters = new Map<string, Tensor>()
  const [w, scale, bias, mean, variance] = Object.entries(shapes).map(([name, shape]) => {
    const content = Float32Array.from({ length: sizeOf(shape) }, () => uniform(0.2, 1.2))
    parameters.set(name, float32(shape, content))
    return graph.parameter(name, shape)
  })
  const maps = conv(x, w, { pads: 1 })
  const y = batchNorm(maps, scale, bias, mean, variance)
  return { graph, outputs: { y: shared ? add(y, maps) : y }, parameters }
}

it.each([
  [false, 0],
  [true, 1],
])(
  'where the output is shared: %s, %i normalisations are left, and the result is the same',
  async (shared, left) => {
    const computation = normalised(shared)
    const folded = foldBatchNorm(computation)
    expect(folded.graph.nodes.filter(({ op }) => op === 'BatchNormalization')).toHaveLength(left)
    const { normal } = random(4, 'image')
    const x = float32(
      [2, 3, 5, 5],
      Float32Array.from({ length: 150 }, () => normal()),
    )
    const [before, after] = await Promise.all(
      [computation, folded].map(async each => (await (await engine.load(encodeModel(each))).run({ x })).y),
    )
    const truth = Array.from(before.data, Number)
    truth.forEach((value, index) => {
      expect(Number(after.data[index])).toBeCloseTo(value, 4)
    })
  },
)
