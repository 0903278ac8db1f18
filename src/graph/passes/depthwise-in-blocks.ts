/**
 * Depthwise convolutions and the gradients of their kernels in the engine's blocked layout, which keeps 16 channels (8
 * without AVX-512) of a pixel side by side: the engine puts convolutions with constant weights there by itself, and has no
 * good kernel for these elsewhere. Each of its steps does for 16 channels what the plain kernels do for one. For 144
 * channels of 32 x 32, batch 32, the kernel's gradient takes 5.6 ms for 22, the image's 5.6 for 17 as a transposed
 * convolution, the convolution itself 4.0 for 4.9 (two AVX-512 cores; `npm run bench -- pass-depthwise-in-blocks`).
 *
 * The kernel's gradient is a depthwise convolution too, of as many channels as all images have together, whose kernels
 * are the maps of dy. It is summed over the images at the end.
 */
import { type Attributes, type Node, operands, type Value } from '../graph.ts'
import { reshape, transpose } from '../ops/layout.ts'
import { reduceSum } from '../ops/reduce.ts'
import { integerAttribute, integersAttribute } from '../ops/rule.ts'
import { type Shape, sizeOf } from '../tensor.ts'
import { knownValues, type Pass, type Rewrites, sourceOf, swappedFrom } from './rewrite.ts'

export const depthwiseInBlocks: Pass = (computation, block): Rewrites => {
  if (block === 1) return {}
  const known = knownValues(computation)
  return {
    Conv: (node, [x, weight, bias]) => {
      const [, kernel] = operands(node, 2)
      const group = integerAttribute(node, 'group', 1)
      if (group === 1 || group % block || kernel.shape[0] !== group || known.has(kernel)) return undefined
      if (isDepthwise(node)) return [inBlocks(node, block, x!, weight!, bias)]
      const sources = kernelGradientOf(x!, weight!, group)
      return sources && [kernelGradientInBlocks(node, block, ...sources)]
    },
  }
}

const isDepthwise = ({ inputs: [x, weight] }: Node): boolean =>
  weight!.shape.length === 4 && weight!.shape[1] === 1 && x!.shape[1] === weight!.shape[0]

/**
 * The images and the gradient of the maps from which a correlation makes the gradient of a depthwise kernel (see
 * `ops/convolution.ts`): x (n, c, h, w) as (1, c n, 1, h, w), dy (n, c, h', w') as (c, n, 1, h', w').
 */
function kernelGradientOf(images: Value, kernels: Value, group: number): [Value, Value] | undefined {
  const x = sourceOf(swappedFrom(sourceOf(images, 'Reshape')), 'Reshape')
  const dy = swappedFrom(sourceOf(kernels, 'Reshape'))
  if (x?.shape.length !== 4 || dy?.shape.length !== 4) return undefined
  const [n, c] = x.shape
  const fits = c === group && dy.shape[0] === n && dy.shape[1] === c
  return fits && images.shape[1] === c * n ? [x, dy] : undefined
}

/** x (n, c, h, w), weight (c, 1, kh, kw) -> (n, c, h', w'). */
function inBlocks({ outputs: [y], attributes }: Node, block: number, x: Value, weight: Value, bias?: Value) {
  const [c, , ...kernel] = weight.shape
  const byBlocks = transpose(reshape(weight, [c / block, block, sizeOf(kernel)]), [0, 2, 1])
  const inputs = [reorderInput(x), reshape(byBlocks, weight.shape), ...(bias ? [bias] : [])]
  return reorderOutput(blocked('Conv', inputs, y.shape, attributes))
}

/** x (n, c, h, w), dy (n, c, h', w') -> the output of the node, (1, c, 1, kh, kw). */
function kernelGradientInBlocks(node: Node, block: number, x: Value, dy: Value): Value {
  const [n, c, ...size] = x.shape
  const [, , ...outputSize] = dy.shape
  const [, , , ...kernel] = node.outputs[0].shape
  const [strides, dilations, pads] = ['strides', 'dilations', 'pads'].map(
    name => integersAttribute(node, name) ?? [],
  )
  // All images' channels stand side by side before they are put in blocks: so the blocks of x are not those that its own
  // convolution made, which would have to be kept from then on.
  const images = reorderInput(reshape(x, [1, n * c, ...size]))
  const kernels = reshape(reorderInput(dy), [n * c, 1, ...outputSize])
  const each = blocked('Conv', [images, kernels], [1, n * c, ...kernel], {
    kernel_shape: outputSize,
    strides: strides.slice(1),
    dilations: dilations.slice(1),
    pads: [...pads.slice(1, 3), ...pads.slice(4)],
    group: n * c,
  })
  const sum = reduceSum(reshape(each, [n, c / block, ...kernel, block]), [0])
  return reshape(transpose(sum, [0, 3, 1, 2]), node.outputs[0].shape)
}

const blocked = (op: string, inputs: readonly Value[], shape: Shape, attributes: Attributes): Value =>
  inputs[0].graph.node(op, inputs, [{ shape }], { attributes, domain: 'com.microsoft.nchwc' })[0]

/** (n, c, h, w) in the order (n, c / block, h, w, block); its shape stays. */
export const reorderInput = (x: Value): Value => blocked('ReorderInput', [x], x.shape, { channels_last: 0 })

const reorderOutput = (x: Value): Value =>
  blocked('ReorderOutput', [x], x.shape, { channels: x.shape[1], channels_last: 0 })
