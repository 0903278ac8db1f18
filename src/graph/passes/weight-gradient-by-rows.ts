/**
 * Gradients of the kernels of large maps. A gradient rule writes them as a correlation whose kernel is all of dy, which the
 * engine unfolds pixel by pixel. With rows of the padded image end to end, the pixels that meet dy under row i of the
 * kernel are one unbroken stretch of it, and its columns are copies of dy shifted by a pixel:
 *   dw_ij = sum over images of  shifted_j(dy)  stretch_i(x)^T,
 * one matrix product for each row of the kernel. On maps of 56 x 56 it takes 0.6 of the time, of 28 x 28 0.85, and more
 * on smaller ones (two AVX-512 cores; `npm run bench -- pass-weight-gradient-by-rows`).
 */
import type { Node, Value } from '../graph.ts'
import { concat, pad, reshape, slice, transpose } from '../ops/layout.ts'
import { matmul } from '../ops/linear.ts'
import { reduceSum } from '../ops/reduce.ts'
import { integerAttribute, integersAttribute } from '../ops/rule.ts'
import { sizeOf } from '../tensor.ts'
import { defaultForms } from './forms.ts'
import { type Pass, sourceOf, swappedFrom } from './rewrite.ts'

/** Larger kernels have more rows than the copies of x are worth. */
const largestKernel = 5

export const weightGradientByRows: Pass = ({ forms: { rowsFrom } = defaultForms }) => ({
  Conv: (node, [images, kernels]) => {
    const x = sourceOf(images, 'Reshape')
    const dy = swappedFrom(sourceOf(kernels, 'Reshape'))
    if (!x || !dy || !isPlainCorrelation(node, x, dy)) return undefined
    if (sizeOf(dy.shape.slice(2)) < rowsFrom) return undefined
    const [, begins] = integersAttribute(node, 'pads') ?? []
    const kernel = node.outputs[0].shape[3]
    return [reshape(byRows(x, dy, begins, kernel), node.outputs[0].shape)]
  },
})

/** Whether a node is the gradient of a square kernel of stride 1 over planes: x (n, c, h, w), dy (n, k, h', w'). */
function isPlainCorrelation(node: Node, x: Value, dy: Value): boolean {
  const [, , ...kernel] = node.outputs[0].shape
  const [, rows, columns] = kernel
  const pads = integersAttribute(node, 'pads') ?? []
  return (
    x.shape.length === 4 &&
    dy.shape.length === 4 &&
    kernel.length === 3 &&
    x.shape[0] === dy.shape[0] &&
    kernel[0] === x.shape[1] &&
    rows === columns &&
    rows > 1 &&
    rows <= largestKernel &&
    integerAttribute(node, 'group', 1) === 1 &&
    [...(integersAttribute(node, 'strides') ?? []), ...(integersAttribute(node, 'dilations') ?? [])].every(
      step => step === 1,
    ) &&
    [1, 2, 4, 5].every(at => pads[at] === pads[1])
  )
}

/** x (n, c, h, w), dy (n, k, h', w') -> (k, c, kernel, kernel). */
function byRows(x: Value, dy: Value, padding: number, kernel: number): Value {
  const [n, c, height, width] = x.shape
  const [, k, rows, columns] = dy.shape
  const across = width + 2 * padding
  const padded = pad(x, [0, 0, padding, padding], [0, 0, padding, padding])
  const flat = reshape(padded, [n, c, (height + 2 * padding) * across])
  const offsets = Array.from({ length: kernel }, (_, offset) => offset)
  const shifted = concat(
    offsets.map(column => pad(dy, [0, 0, 0, column], [0, 0, 0, across - columns - column])),
    1,
  )
  const left = reshape(shifted, [n, kernel * k, rows * across])
  const products = offsets.map(row => {
    const stretch = slice(flat, [{ axis: 2, start: row * across, end: (row + rows) * across }])
    return reduceSum(matmul(left, transpose(stretch, [0, 2, 1])), [0])
  })
  const byRow = reshape(concat(products, 0), [kernel, kernel, k, c])
  return transpose(byRow, [2, 3, 0, 1])
}
