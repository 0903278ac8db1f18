/** What people call the operators of a network, with the numbers that matter. */
import type { Tone } from '../figures/network-drawing.ts'
import type { Node, Value } from '../graph/graph.ts'
import { integerAttribute, integersAttribute } from '../graph/ops/rule.ts'

/** An operator that stands at the head of a box: `conv 3×3, 64, /2`. */
export function nameOfOperator(node: Node): string {
  const { op, inputs, outputs } = node
  const channels = outputs[0].shape[1]
  if (op === 'Conv' || op === 'ConvTranspose') {
    const [, weight] = inputs
    const groups = integerAttribute(node, 'group', 1)
    const kind = groups === 1 ? 'conv' : groups === channels ? 'depthwise' : `conv in ${groups} groups`
    const kernel = weight!.shape.slice(2).join('×')
    return `${op === 'ConvTranspose' ? 'transposed ' : ''}${kind} ${kernel}, ${channels}${dilation(node)}${stride(node)}`
  }
  if (op === 'Gemm' || op === 'MatMul') return `linear, ${outputs[0].shape.at(-1)}`
  if (op === 'MaxPool' || op === 'AveragePool') {
    const kernel = (integersAttribute(node, 'kernel_shape') ?? []).join('×')
    return `${op === 'MaxPool' ? 'max' : 'average'} pool ${kernel}${stride(node)}`
  }
  return names[op] ?? nameOfStep(node) ?? op
}

const names: Readonly<Record<string, string>> = {
  GlobalAveragePool: 'global average pool',
  GlobalMaxPool: 'global max pool',
  Concat: 'concat',
  Add: 'add',
  Mul: 'multiply',
}

const steps: Readonly<Record<string, string>> = {
  BatchNormalization: 'BN',
  LayerNormalization: 'LN',
  Relu: 'ReLU',
  Clip: 'clip',
  Slice: 'slice',
  Pad: 'pad',
  HardSwish: 'hard-swish',
  Sigmoid: 'sigmoid',
  Softmax: 'softmax',
}

/** Operators that only rearrange are not worth a word. */
const silent = new Set('Reshape Flatten Identity Dropout Squeeze Unsqueeze Transpose Cast'.split(' '))

/** An operator that follows another within a box; '' where it is not worth a word. */
export function nameOfStep(node: Node): string {
  const gate = gateOf(node)?.producer?.op
  if (gate) return gate === 'Sigmoid' ? 'SiLU' : 'hard-swish'
  return silent.has(node.op) ? '' : (steps[node.op] ?? node.op)
}

/** Where a node is the product of an activation x * gate(x): the gate. */
export function gateOf({ op, inputs }: Node): Value | undefined {
  if (op !== 'Mul') return undefined
  return inputs.find(
    (value, index) =>
      /^(Hard)?Sigmoid$/.test(value?.producer?.op ?? '') && value?.producer?.inputs[0] === inputs[1 - index],
  )
}

export function toneOf(op: string): Tone {
  if (op === 'Conv' || op === 'ConvTranspose') return 'convolution'
  if (op === 'Gemm' || op === 'MatMul') return 'linear'
  if (/Pool$|^ReduceMean$|^Resize$/.test(op)) return 'pool'
  if (/Normalization$|^LRN$/.test(op)) return 'normalisation'
  return op === 'Add' || op === 'Concat' || op === 'Mul' ? 'join' : 'other'
}

function stride(node: Node): string {
  const [down, across = down] = integersAttribute(node, 'strides') ?? []
  if (down === undefined || (down === 1 && across === 1)) return ''
  return down === across ? `, /${down}` : `, /${down}×${across}`
}

function dilation(node: Node): string {
  const [first] = integersAttribute(node, 'dilations') ?? []
  return first === undefined || first === 1 ? '' : `, dilated ${first}`
}
