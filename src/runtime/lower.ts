/**
 * What ONNX Runtime's CPU kernels run faster in another form, with the same result. Measured on two AVX-512
 * cores; see bench/README.md.
 */
import type { Node, Value } from '../graph/graph.ts'
import type { ModelRequest } from '../graph/onnx/encode.ts'
import { convFoldingBatch } from '../graph/ops/convolution.ts'
import { rewriteGraph } from '../graph/rewrite.ts'
import { sizeOf } from '../graph/tensor.ts'

/**
 * The kernel multiplies matrices image by image, which leaves cores idle where an image's map is small: folding
 * the batch takes 0.3 to 0.75 of the time up to 14 x 14, and more from 28 x 28 on.
 */
const largestFoldedMap = 14 * 14

export function lowerForCpu(request: ModelRequest): ModelRequest {
  const isConstant = (weight: Value) =>
    request.graph.constantOf(weight) !== undefined || request.parameters?.has(weight.name)
  const foldSmallMaps = (node: Node, inputs: readonly (Value | undefined)[]): Value[] | undefined => {
    const [x, weight] = node.inputs as readonly Value[]
    const [output] = node.outputs
    const planar = weight.shape.length === 4 && x.shape[0] > 1
    // Constant weights get the engine's blocked layout, which is better still.
    if (!planar || isConstant(weight) || sizeOf(output.shape.slice(2)) > largestFoldedMap) return undefined
    if (weight.shape[0] === 1 || x.shape[1] !== weight.shape[1]) return undefined
    return [
      convFoldingBatch(
        node,
        inputs.filter(input => input !== undefined),
      ),
    ]
  }
  return rewriteGraph(request, { Conv: foldSmallMaps })
}
