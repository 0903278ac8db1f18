/**
 * Convolutions in the engine's blocked layout, which keeps 16 channels (8 without AVX-512) of a pixel side by side. The
 * engine puts those with known weights there by itself; the others are put there here, weights and all, and their maps
 * taken back. Milliseconds with the plain, or folded, form before them (two AVX-512 cores, batch 32;
 * `npm run bench -- pass-convolutions-in-blocks` measures a step of MobileNetV2 with and without all of it):
 *   3 x 3, 128 channels of 28 x 28: 16.9 for 19.9; 256 of 14 x 14: 16.1 for 20.0; 512 of 7 x 7: 18.5 for 19.5
 *   depthwise, 144 channels of 32 x 32: 4.0 for 4.9; its gradient by the image 5.6 for 17, by the kernel 5.6 for 22
 * Few pixels in all do not pay for the way there and back, nor does a kernel of one pixel, but on maps that would be folded.
 *
 * The gradient of a depthwise kernel is a depthwise convolution too, of as many channels as all images have together, whose
 * kernels are the maps of dy. It is summed over the images at the end.
 */
import { type Attributes, type Node, operands, type Value } from '../graph.ts'
import { reshape, transpose } from '../ops/layout.ts'
import { reduceSum } from '../ops/reduce.ts'
import { integerAttribute, integersAttribute } from '../ops/rule.ts'
import { type Shape, sizeOf } from '../tensor.ts'
import { defaultForms, type Forms } from './forms.ts'
import { knownValues, type Pass, type Rewrites, sourceOf, swappedFrom } from './rewrite.ts'

export const convolutionsInBlocks: Pass = (computation, block): Rewrites => {
  if (block === 1) return {}
  const known = knownValues(computation)
  const forms = computation.forms ?? defaultForms
  return {
    Conv: (node, [x, weight, bias]) => {
      const [, kernel] = operands(node, 2)
      const group = integerAttribute(node, 'group', 1)
      if (kernel.shape[0] % block || known.has(kernel)) return undefined
      if (isDepthwise(node) || (group === 1 && isWorthIt(node, block, forms)))
        return [inBlocks(node, block, x!, weight!, bias)]
      const sources = group > 1 && kernelGradientOf(x!, weight!, group)
      return sources ? [kernelGradientInBlocks(node, block, ...sources)] : undefined
    },
  }
}

function isDepthwise(node: Node): boolean {
  const [x, { shape }] = operands(node, 2)
  return shape.length === 4 && shape[1] === 1 && shape[0] === x.shape[1] && shape[0] > 1
}

function isWorthIt(node: Node, block: number, { blocksFrom, foldUpTo }: Forms): boolean {
  const [, { shape }] = operands(node, 2)
  const [, channels, ...kernel] = shape
  const [n, , ...size] = node.outputs[0].shape
  // The blocked kernel takes images of few channels, such as colours, as they are.
  const fits = shape.length === 4 && (channels < block || channels % block === 0)
  const pixels = sizeOf(size)
  return fits && n * pixels >= blocksFrom && (sizeOf(kernel) > 1 || pixels <= foldUpTo)
}

/** x (n, c, h, w), weight (k, c / groups, kh, kw) -> (n, k, h', w'). */
function inBlocks({ outputs: [y], attributes }: Node, block: number, x: Value, weight: Value, bias?: Value) {
  const [, channels] = x.shape
  const images = channels < block ? x : reorderInput(x)
  const inputs = [images, weightInBlocks(weight, block), ...(bias ? [bias] : [])]
  return reorderOutput(blocked('Conv', inputs, y.shape, attributes))
}

/**
 * (k, c, kh, kw) in the order (k / block, c / block, kh, kw, block of c, block of k), or, of fewer channels than a block
 * has, (k / block, c, kh, kw, block of k); its shape stays.
 */
function weightInBlocks(weight: Value, block: number): Value {
  const [k, c, ...kernel] = weight.shape
  const byOutput = reorderInput(reshape(weight, [1, k, c * sizeOf(kernel), 1]))
  if (c < block) return reshape(byOutput, weight.shape)
  const bothBlocks = reshape(byOutput, [(k / block) * (c / block), block, sizeOf(kernel), block])
  return reshape(transpose(bothBlocks, [0, 2, 1, 3]), weight.shape)
}

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

/** x (n, c, h, w), dy (n, c, h', w') -> the output of the node, (c, 1, 1, kh, kw). */
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
