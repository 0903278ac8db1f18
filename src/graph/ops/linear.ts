/**
 * Matrix products and their gradients: for C = A B, dA = dC Bᵀ and dB = Aᵀ dC, summed over broadcast batch axes.
 * The engine fuses a transpose that stands before a product into the product.
 */
import { operatorError, type Value } from '../graph.ts'
import { float32 } from '../tensor.ts'
import { broadcastShapes, unbroadcast } from './broadcast.ts'
import { cast, mul } from './elementwise.ts'
import { expand, reshape, transpose } from './layout.ts'
import { floatAttribute, integerAttribute, type RuleContext, type Rules, stringAttribute } from './rule.ts'

/** Swaps the last two axes. */
export const transposeMatrix = (x: Value): Value => {
  const rank = x.shape.length
  return transpose(
    x,
    x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  )
}

/** (..., m, k) x (..., k, n) -> (..., m, n); batch axes broadcast. */
export function matmul(a: Value, b: Value): Value {
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const fits = a.shape.length >= 2 && b.shape.length >= 2 && a.shape.at(-1) === b.shape.at(-2)
  if (!batch || !fits)
    throw operatorError('MatMul', 'the matrices do not fit', [a, b], 'shapes (..., m, k) and (..., k, n)')
  return a.graph.node('MatMul', [a, b], [{ shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!] }])[0]
}

export interface GemmOptions {
  transA?: boolean
  transB?: boolean
  alpha?: number
  beta?: number
}

/** alpha * op(a) op(b) + beta * c for matrices, where op transposes on request; c broadcasts. */
export function gemm(
  a: Value,
  b: Value,
  c?: Value,
  { transA, transB, alpha = 1, beta = 1 }: GemmOptions = {},
): Value {
  const [m, inner] = transA ? [a.shape[1], a.shape[0]] : a.shape
  const [depth, n] = transB ? [b.shape[1], b.shape[0]] : b.shape
  if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== depth)
    throw operatorError('Gemm', 'the matrices do not fit', [a, b, c])
  const attributes = {
    transA: transA ? 1 : 0,
    transB: transB ? 1 : 0,
    alpha: { float: alpha },
    beta: { float: beta },
  }
  return a.graph.node('Gemm', c ? [a, b, c] : [a, b], [{ shape: [m, n] }], { attributes })[0]
}

/** A fully connected layer, PyTorch's layout: x (n, in), weight (out, in), bias (out). */
export const linear = (x: Value, weight: Value, bias?: Value): Value =>
  gemm(x, weight, bias, { transB: true })

function matmulRule({ inputs: [a, b], gradient, wants }: RuleContext): (Value | undefined)[] {
  // A vector operand is a matrix with one row (left) or one column (right) whose axis the product drops.
  const left = a.shape.length === 1 ? reshape(a, [1, a.shape[0]]) : a
  const right = b.shape.length === 1 ? reshape(b, [b.shape[0], 1]) : b
  const batch = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2))!
  const full = reshape(gradient, [...batch, left.shape.at(-2)!, right.shape.at(-1)!])
  return [
    wants(0) ? reshape(unbroadcast(matmul(full, transposeMatrix(right)), left.shape), a.shape) : undefined,
    wants(1) ? reshape(rightSlope(left, right, full), b.shape) : undefined,
  ]
}

/** One matrix that many were multiplied by takes one product of all their rows, not a sum of products. */
function rightSlope(left: Value, right: Value, gradient: Value): Value {
  if (right.shape.length > 2) return unbroadcast(matmul(transposeMatrix(left), gradient), right.shape)
  const rows = (x: Value) => reshape(x, [-1, x.shape.at(-1)!])
  return matmul(transposeMatrix(rows(left)), rows(gradient))
}

function gemmRule({ node, inputs: [a, b, c], gradient, wants }: RuleContext): (Value | undefined)[] {
  const transA = integerAttribute(node, 'transA', 0) === 1
  const transB = integerAttribute(node, 'transB', 0) === 1
  const alpha = floatAttribute(node, 'alpha', 1)
  const beta = floatAttribute(node, 'beta', 1)
  const product = (left: Value, right: Value, options: GemmOptions) =>
    gemm(left, right, undefined, { ...options, alpha })
  return [
    wants(0)
      ? transA
        ? product(b, gradient, { transA: transB, transB: true })
        : product(gradient, b, { transB: !transB })
      : undefined,
    wants(1)
      ? transB
        ? product(gradient, a, { transA: true, transB: transA })
        : product(a, gradient, { transA: !transA })
      : undefined,
    c && wants(2) ? unbroadcast(beta === 1 ? gradient : mul(gradient, beta), c.shape) : undefined,
  ]
}

/**
 * The gradient by one operand is the product of the arriving gradient with the others, summed over all letters that the
 * operand lacks. A letter of the operand that stands nowhere else was summed over: its slope is the same everywhere.
 */
function einsumRule({ node, inputs, gradient, wants }: RuleContext): (Value | undefined)[] {
  const [terms, result] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->')
  if (result === undefined || terms.includes('.'))
    throw operatorError('Einsum', 'the gradient needs an equation that is written out', inputs)
  const parts = terms.split(',')
  return parts.map((repeating, index) => {
    if (!wants(index)) return undefined
    const { letters: part, diagonals } = withoutRepeats(repeating, inputs[index], terms)
    const others = parts.flatMap((letters, at) => (at === index ? [] : [{ letters, value: inputs[at] }]))
    const given = [{ letters: result, value: gradient }, ...others, ...diagonals]
    const known = [...part].filter(letter => given.some(({ letters }) => letters.includes(letter))).join('')
    const { shape } = inputs[index]
    const extents = (letters: string) => [...letters].map(letter => shape[part.indexOf(letter)])
    const [slope] = gradient.graph.node(
      'Einsum',
      given.map(({ value }) => value),
      [{ shape: extents(known) }],
      { attributes: { equation: `${given.map(({ letters }) => letters).join(',')}->${known}` } },
    )
    const kept = [...part].map((letter, axis) => (known.includes(letter) ? shape[axis] : 1))
    return expand(reshape(slope, kept), shape)
  })
}

/** A letter that stands twice in a term takes a diagonal: the same as a letter of its own, and a unit matrix for both. */
function withoutRepeats(term: string, { graph, shape, dtype }: Value, used: string) {
  const free = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter(one => !used.includes(one))
  const diagonals: { letters: string; value: Value }[] = []
  const letters = [...term].map((letter, axis) => {
    if (term.indexOf(letter) === axis) return letter
    const own = free.pop()!
    const extent = shape[axis]
    const units = new Float32Array(extent * extent)
    for (let k = 0; k < extent; k++) units[k * extent + k] = 1
    diagonals.push({
      letters: letter + own,
      value: cast(graph.constant(float32([extent, extent], units)), dtype),
    })
    return own
  })
  return { letters: letters.join(''), diagonals }
}

export const rules: Rules = { MatMul: matmulRule, Gemm: gemmRule, Einsum: einsumRule }
