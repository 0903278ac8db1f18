/**
 * Models of one node each: every operator that can be imported, in old and new versions of the standard, with operands
 * that are fed and operands that are part of the file.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { type Attributes, Graph } from '../src/graph/graph.ts'
import { encodeModel } from '../src/graph/onnx/encode.ts'
import { ModelProtoSchema, TypeProtoSchema } from '../src/graph/onnx/generated/onnx_pb.ts'
import { float32, int64, type Tensor, tensor } from '../src/graph/tensor.ts'

/** Numbers from -1.5 to 1.5 without order, none of them 0. */
export const numbers = (...shape: number[]): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1)
  return float32(
    shape,
    Float32Array.from({ length: count }, (_, k) => 1.5 * Math.sin(1 + 2.3 * k)),
  )
}
const positive = (...shape: number[]): Tensor => {
  const { data } = numbers(...shape)
  return float32(
    shape,
    (data as Float32Array).map(value => 0.1 + Math.abs(value)),
  )
}
/** Above 1, as the inverse hyperbolic cosine needs it. */
const large = (...shape: number[]): Tensor => {
  const { data } = numbers(...shape)
  return float32(
    shape,
    (data as Float32Array).map(value => 1.1 + Math.abs(value)),
  )
}
const small = (...shape: number[]): Tensor => {
  const { data } = numbers(...shape)
  return float32(
    shape,
    (data as Float32Array).map(value => value / 1.6),
  )
}
const booleans = (...shape: number[]): Tensor => {
  const { data } = numbers(...shape)
  return tensor(
    'bool',
    shape,
    Uint8Array.from(data as Float32Array, value => (value > 0 ? 1 : 0)),
  )
}
const list = (...values: number[]): Tensor => int64([values.length], values)
const floats = (...values: number[]): Tensor => float32([values.length], values)
const one = (value: number): Tensor => float32([], [value])

/** What is part of the file, beside what it is fed. */
export interface Known {
  known: Tensor
}
const known = (content: Tensor): Known => ({ known: content })

export interface Case {
  op: string
  inputs: readonly (Tensor | Known | undefined)[]
  attributes: Attributes
  opset: number
  outputs: number
}

/** Whole numbers from 0 to 255, or from -128 to 127. */
const bytes8 = (dtype: 'uint8' | 'int8', ...shape: number[]): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1)
  const values = Array.from({ length: count }, (_, k) => ((37 * k) % 256) - (dtype === 'int8' ? 128 : 0))
  return dtype === 'int8'
    ? tensor('int8', shape, Int8Array.from(values))
    : tensor('uint8', shape, Uint8Array.from(values))
}
const zero8 = (dtype: 'uint8' | 'int8', value: number): Tensor =>
  dtype === 'int8' ? tensor('int8', [], Int8Array.of(value)) : tensor('uint8', [], Uint8Array.of(value))

export const a = (
  op: string,
  inputs: Case['inputs'],
  attributes: Attributes = {},
  opset = 17,
  outputs = 1,
): Case => ({
  op,
  inputs,
  attributes,
  opset,
  outputs,
})
const each = (names: string, inputs: Case['inputs'], attributes?: Attributes, opset?: number) =>
  names.split(' ').map(name => a(name, inputs, attributes, opset))
const float = (value: number) => ({ float: value })

const each3 = (x: Tensor) => [x, x, x]
const heads = (q: number, kv: number, scale: number) => ({
  q_num_heads: q,
  kv_num_heads: kv,
  scale: float(scale),
})
const picture = numbers(2, 4, 6, 6)
/** From -1 to 1 and a little beyond, (n, rows, columns, across and down). */
const places = numbers(2, 3, 2, 2)
export const cases: Case[] = [
  ...each(
    'Abs Ceil Elu Erf Exp Floor HardSigmoid HardSwish LeakyRelu Neg Relu Round Selu Shrink Sigmoid Sign',
    [numbers(2, 5)],
  ),
  ...each('Cos Cosh Asinh Atan Sin Sinh Softplus Softsign Tan Tanh Celu ThresholdedRelu Identity', [
    numbers(2, 5),
  ]),
  ...each('Acos Asin Atanh', [small(2, 5)]),
  ...each('Acosh', [large(2, 5)]),
  ...each('Log Sqrt Reciprocal', [positive(2, 5)]),
  a('Elu', [numbers(2, 5)], { alpha: float(0.3) }),
  a('LeakyRelu', [numbers(2, 5)], { alpha: float(0.3) }),
  a('Gelu', [numbers(2, 5)], {}, 20),
  a('Gelu', [numbers(2, 5)], { approximate: 'tanh' }, 20),
  a('Mish', [numbers(2, 5)], {}, 18),
  a('Not', [booleans(2, 5)]),
  a('PRelu', [numbers(2, 3, 4), known(numbers(3, 1))]),
  a('LpNormalization', [numbers(2, 5)], { axis: 1, p: 2 }),
  a('MeanVarianceNormalization', [numbers(2, 3, 4, 4)]),
  a('LRN', [picture], { size: 3, alpha: float(0.01), beta: float(0.75) }),
  a('LayerNormalization', [numbers(2, 5, 6), known(numbers(6)), known(numbers(6))]),
  a('LayerNormalization', [numbers(2, 5, 6), known(numbers(5, 6))], { axis: -2, epsilon: float(0.1) }, 17, 3),
  a('LayerNormalization', [numbers(2, 5, 6), known(numbers(6)), known(numbers(6))], {}, 17, 2),
  a('InstanceNormalization', [picture, known(numbers(4)), known(numbers(4))]),
  a('Trilu', [numbers(2, 4, 4)]),
  a('Trilu', [numbers(2, 4, 4)], { upper: 0 }),
  a('CumSum', [numbers(2, 5), known(int64([], [1]))]),
  a('ScatterElements', [numbers(3, 4), known(int64([1, 2], [2, 0])), numbers(1, 2)], { axis: 0 }),
  a('ScatterND', [numbers(4, 3), known(int64([2, 1], [3, 1])), numbers(2, 3)]),
  a('ScatterND', [numbers(4, 3), known(int64([2, 1], [3, 1])), numbers(2, 3)], { reduction: 'add' }, 18),
  a('ScatterND', [numbers(4, 3), known(int64([2, 2], [3, 1, 0, 2])), numbers(2)]),
  ...['mul', 'max', 'min'].flatMap(reduction => [
    a('ScatterND', [numbers(4, 3), known(int64([3, 1], [3, 1, 3])), small(3, 3)], { reduction }, 18),
    a(
      'ScatterElements',
      [numbers(3, 4), known(int64([2, 2], [2, 0, 2, 1])), small(2, 2)],
      { axis: 0, reduction },
      18,
    ),
  ]),
  a(
    'ScatterElements',
    [numbers(3, 4), known(int64([1, 2], [2, 0])), numbers(1, 2)],
    { axis: 1, reduction: 'add' },
    18,
  ),
  a('CumSum', [numbers(2, 5), known(int64([], [-1]))], { exclusive: 1, reverse: 1 }),
  a('CumSum', [numbers(3, 5), known(int64([], [0]))], { exclusive: 1 }),

  ...each('Add Sub Mul Max Min Sum Mean', [numbers(2, 3, 4), numbers(3, 1)]),
  ...each('Max Min Sum Mean', [numbers(2, 3), numbers(1, 3), numbers(2, 1)]),
  a('Div', [numbers(2, 3, 4), positive(4)]),
  a('Pow', [positive(2, 3), known(one(1.7))]),
  a('Pow', [numbers(2, 3), known(int64([3], [2, 0, 3]))]),
  a('Pow', [float32([2, 2], [0, 2, 0.5, 0]), positive(2, 2)]),
  a('Mod', [numbers(2, 3), positive(2, 3)], { fmod: 1 }),
  ...each('And Or Xor', [booleans(2, 5), booleans(5)]),
  ...each('Equal Greater GreaterOrEqual Less LessOrEqual', [numbers(2, 5), numbers(1, 5)]),
  a('Where', [booleans(2, 5), numbers(5), numbers(2, 1)]),

  ...each(
    'ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare ReduceLogSumExp',
    [numbers(2, 3, 4)],
    { axes: [1, -1] },
  ),
  a('ReduceLogSum', [positive(2, 3, 4)], { axes: [1], keepdims: 0 }),
  a('ReduceSum', [numbers(2, 3, 4)], { axes: [1], keepdims: 0 }, 11),
  a('ReduceSum', [numbers(2, 3, 4), known(list(0, 2))]),
  a('ReduceSum', [numbers(2, 3, 4)], { noop_with_empty_axes: 1 }),
  ...each(
    'ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare ReduceLogSumExp',
    [numbers(2, 3, 4)],
    { noop_with_empty_axes: 1 },
    18,
  ),
  a('ReduceLogSum', [positive(2, 3, 4)], { noop_with_empty_axes: 1 }, 18),
  a('ReduceProd', [float32([2, 3], [2, 0, 3, 0, 0, 4]), known(list(1))], {}, 18),
  a('ReduceMean', [numbers(2, 3, 4), known(list(-1))], {}, 18),
  a('ReduceMax', [numbers(2, 3, 4)], {}, 18),
  ...each('ArgMax ArgMin', [numbers(2, 5)], { axis: 1 }),
  a('ArgMax', [numbers(2, 5)], { axis: -1, keepdims: 0 }),

  ...each('Softmax LogSoftmax', [numbers(2, 3, 4)], {}, 17),
  ...each('Softmax LogSoftmax', [numbers(2, 3, 4)], {}, 11),
  ...each('Softmax Hardmax', [numbers(2, 3, 4)], { axis: 1 }, 17),
  a('Softmax', [numbers(2, 3, 4, 2)], { axis: 2 }, 9),

  a('Conv', [picture, known(numbers(3, 4, 3, 3))], { pads: [1, 1, 1, 1], strides: [2, 2] }),
  a('Conv', [picture, known(numbers(4, 2, 3, 3)), known(numbers(4))], { group: 2, dilations: [2, 2] }),
  a('Conv', [picture, known(numbers(3, 4, 3, 3))], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  a('Conv', [picture, known(numbers(3, 4, 2, 2))], { auto_pad: 'SAME_LOWER' }),
  a('Conv', [picture, known(numbers(3, 4, 2, 2))], { auto_pad: 'VALID' }),
  a('ConvTranspose', [picture, known(numbers(4, 3, 3, 3)), known(numbers(3))], {
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    output_padding: [1, 1],
  }),
  a('MaxPool', [picture], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  a('MaxPool', [picture], { kernel_shape: [2, 2], dilations: [2, 2] }),
  a('MaxPool', [picture], { kernel_shape: [2, 3] }, 12, 2),
  a('MaxPool', [picture], { kernel_shape: [2, 3], storage_order: 1 }, 12, 2),
  a('MaxPool', [numbers(1, 2, 2, 6)], { kernel_shape: [1, 2], strides: [3, 3], ceil_mode: 1 }, 12),
  a('MaxPool', [numbers(1, 1, 14)], { kernel_shape: [2], strides: [3], pads: [1, 1], ceil_mode: 1 }, 12),
  a('AveragePool', [numbers(1, 1, 14)], { kernel_shape: [2], strides: [3], pads: [1, 1], ceil_mode: 1 }, 11),
  a('AveragePool', [picture], { kernel_shape: [2, 2], dilations: [2, 3], pads: [1, 0, 0, 1] }, 19),
  a('MaxPool', [picture], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  a('AveragePool', [picture], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  a('AveragePool', [picture], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }),
  ...[
    [3, 2],
    [1, 2],
    [4, 2],
    [2, 3],
  ].flatMap(([kernel, stride]) =>
    ['SAME_UPPER', 'SAME_LOWER'].map(auto_pad =>
      a(
        'ConvTranspose',
        [numbers(1, 2, 5), known(numbers(2, 1, kernel))],
        { auto_pad, strides: [stride] },
        11,
      ),
    ),
  ),
  ...[8, 9, 10, 12].flatMap(extent =>
    ['NOTSET', 'SAME_UPPER'].map(auto_pad =>
      a(
        'ConvTranspose',
        [numbers(1, 2, 5), known(numbers(2, 1, 3))],
        { auto_pad, strides: [2], output_shape: [extent] },
        11,
      ),
    ),
  ),
  ...each('GlobalAveragePool GlobalMaxPool GlobalLpPool', [picture]),
  a('LpPool', [picture], { kernel_shape: [2, 3], strides: [2, 1], pads: [1, 1, 0, 1] }, 11),
  a(
    'LpPool',
    [picture],
    { kernel_shape: [3, 2], strides: [2, 2], dilations: [2, 1], ceil_mode: 1, p: 3 },
    18,
  ),
  a('LpPool', [picture], { kernel_shape: [3, 3], auto_pad: 'SAME_LOWER', strides: [2, 2], p: 1 }, 18),
  ...['zeros', 'border', 'reflection'].flatMap(padding_mode =>
    [0, 1].flatMap(align_corners =>
      ['linear', 'nearest', 'cubic'].map(mode =>
        a('GridSample', [picture, places], { mode, padding_mode, align_corners }, 20),
      ),
    ),
  ),
  a('GridSample', [picture, places], { mode: 'bilinear' }, 16),
  a(
    'BatchNormalization',
    [picture, known(numbers(4)), known(numbers(4)), known(numbers(4)), known(positive(4))],
    { epsilon: float(0.01) },
    9,
  ),
  a(
    'BatchNormalization',
    [picture, known(numbers(4)), known(numbers(4)), known(numbers(4)), known(positive(4))],
    {},
    15,
  ),
  a(
    'BatchNormalization',
    [picture, known(numbers(4)), known(numbers(4)), known(numbers(4)), known(positive(4))],
    { training_mode: 1, momentum: float(0.7) },
    15,
    3,
  ),
  a('GroupNormalization', [picture, known(numbers(2)), known(numbers(2))], { num_groups: 2 }, 18),
  a('GroupNormalization', [picture, known(numbers(4)), known(numbers(4))], { num_groups: 2 }, 21),
  a('Dropout', [numbers(2, 5)], { ratio: float(0.4) }, 10),
  a('Dropout', [numbers(2, 5), known(one(0.4))], {}, 13),
  a('Dropout', [numbers(2, 5), known(one(0.4))], {}, 13, 2),
  a('Dropout', [numbers(4, 9), known(one(0.4)), known(booleans())], { seed: 5 }, 13, 2),
  a('Dropout', [numbers(4, 9), undefined, known(booleans())], { seed: 5 }, 13),

  a('Gemm', [numbers(2, 5), known(numbers(3, 5)), known(numbers(3))], { transB: 1 }),
  a('Gemm', [numbers(5, 2), known(numbers(5, 3)), known(numbers(1, 3))], {
    transA: 1,
    alpha: float(0.5),
    beta: float(2),
  }),
  a('MatMul', [numbers(2, 3, 4), numbers(4, 5)]),
  a('MatMul', [numbers(4), numbers(2, 4, 5)]),
  a('MatMul', [numbers(2, 3, 4), numbers(4)]),
  a('Einsum', [numbers(2, 3, 4), numbers(2, 5, 4)], { equation: 'bij,bkj->bik' }),

  a('Einsum', [numbers(2, 3, 4), numbers(2, 4, 5)], { equation: '...ij,...jk->...ik' }),
  a('Einsum', [numbers(2, 3, 4), numbers(1, 4, 5)], { equation: '...ij, ...jk' }),
  a('Einsum', [numbers(3, 4), numbers(2, 4, 5)], { equation: 'ij,...jk->...k' }),
  a('Einsum', [numbers(3, 4), numbers(5, 4)], { equation: 'bj,aj' }),
  a('Einsum', [numbers(3, 3, 2), numbers(3)], { equation: 'iij,i->j' }),

  a('Swish', [numbers(2, 5)], {}, 24),
  a('Swish', [numbers(2, 5)], { alpha: float(0.7) }, 24),
  a('RMSNormalization', [numbers(2, 5, 6), known(numbers(6))], {}, 23),
  a('RMSNormalization', [numbers(2, 5, 6), known(numbers(5, 6))], { axis: 1, epsilon: float(0.1) }, 23),
  a('Attention', [numbers(2, 3, 5, 4), numbers(2, 3, 6, 4), numbers(2, 3, 6, 2)], {}, 23),
  a('Attention', each3(numbers(2, 5, 12)), { q_num_heads: 3, kv_num_heads: 3 }, 23),
  a('Attention', [numbers(2, 4, 5, 4), numbers(2, 2, 5, 4), numbers(2, 2, 5, 4)], { is_causal: 1 }, 23),
  a(
    'Attention',
    [numbers(1, 5, 12), numbers(1, 6, 6), numbers(1, 6, 6), numbers(5, 6)],
    heads(4, 2, 0.3),
    24,
  ),
  a('Attention', each3(numbers(1, 2, 5, 4)), { softcap: float(0.7) }, 23),
  a('Attention', [...each3(numbers(1, 2, 5, 4)), known(booleans(1, 5, 5))], {}, 24),
  a('RotaryEmbedding', [numbers(2, 3, 5, 8), numbers(2, 5, 4), small(2, 5, 4)], {}, 23),
  a('RotaryEmbedding', [numbers(2, 3, 5, 8), numbers(2, 5, 4), small(2, 5, 4)], { interleaved: 1 }, 23),
  a(
    'RotaryEmbedding',
    [numbers(1, 3, 16), known(numbers(7, 2)), known(small(7, 2)), known(int64([1, 3], [4, 0, 6]))],
    { num_heads: 2, rotary_embedding_dim: 4 },
    23,
  ),

  a('Reshape', [numbers(2, 3, 4), known(list(0, -1))]),
  a('Flatten', [numbers(2, 3, 4)], { axis: 2 }),
  a('Flatten', [numbers(2, 3, 4)], { axis: -1 }),
  a('Squeeze', [numbers(2, 1, 3, 1)], { axes: [1] }, 11),
  a('Squeeze', [numbers(2, 1, 3, 1), known(list(-1))]),
  a('Squeeze', [numbers(2, 1, 3, 1)]),
  a('Unsqueeze', [numbers(2, 3)], { axes: [0, 2] }, 11),
  a('Unsqueeze', [numbers(2, 3), known(list(-1, 0))]),
  a('Transpose', [numbers(2, 3, 4)], { perm: [2, 0, 1] }),
  a('Transpose', [numbers(2, 3, 4)]),
  a('Expand', [numbers(3, 1), known(list(2, 1, 4))]),
  a('Tile', [numbers(2, 3), known(list(2, 3))]),
  a('Concat', [numbers(2, 3), numbers(2, 1)], { axis: -1 }),
  a('Slice', [numbers(4, 6)], { starts: [1, 0], ends: [3, 100], axes: [0, 1] }, 9),
  a('Slice', [
    numbers(4, 6),
    known(list(-1, 4)),
    known(list(-100, 0)),
    known(list(0, 1)),
    known(list(-1, -2)),
  ]),
  a('Slice', [numbers(4, 6), known(list(1)), known(list(-1))]),
  a('Split', [numbers(2, 6)], { axis: 1, split: [2, 4] }, 11, 2),
  a('Split', [numbers(2, 6), known(list(1, 5))], { axis: 1 }, 13, 2),
  a('Split', [numbers(2, 6)], { axis: -1 }, 13, 3),
  a('DynamicQuantizeLinear', [numbers(2, 5)], {}, 13, 3),
  a('QuantizeLinear', [numbers(2, 5), known(one(0.02)), known(zero8('uint8', 100))], {}, 13),
  a('QuantizeLinear', [numbers(2, 5), known(one(0.02))], {}, 13),
  a('DequantizeLinear', [bytes8('int8', 2, 5), known(one(0.02)), known(zero8('int8', 3))], {}, 13),
  a('MatMulInteger', [bytes8('uint8', 2, 3, 4), bytes8('int8', 4, 5)], {}, 13),
  a(
    'MatMulInteger',
    [bytes8('uint8', 3, 4), bytes8('uint8', 4, 5), known(zero8('uint8', 7)), known(zero8('uint8', 9))],
    {},
    10,
  ),
  a(
    'ConvInteger',
    [bytes8('uint8', 1, 2, 7, 7), bytes8('uint8', 3, 2, 3, 3), known(zero8('uint8', 4))],
    { pads: [1, 1, 1, 1], strides: [2, 2] },
    13,
  ),
  a(
    'ConvInteger',
    [bytes8('uint8', 1, 4, 6, 5), bytes8('uint8', 4, 2, 3, 2)],
    { group: 2, auto_pad: 'SAME_UPPER' },
    13,
  ),
  a(
    'QLinearConv',
    [
      bytes8('uint8', 1, 2, 6, 6),
      ...[
        one(0.1),
        zero8('uint8', 5),
        bytes8('int8', 3, 2, 3, 3),
        one(0.2),
        zero8('int8', 0),
        one(9),
        zero8('uint8', 128),
      ].map(known),
    ],
    { dilations: [2, 2] },
    13,
  ),
  a(
    'QLinearMatMul',
    [
      bytes8('uint8', 3, 4),
      ...[
        one(0.1),
        zero8('uint8', 5),
        bytes8('uint8', 4, 5),
        one(0.2),
        zero8('uint8', 3),
        one(9),
        zero8('uint8', 128),
      ].map(known),
    ],
    {},
    13,
  ),
  a('LSTM', [numbers(5, 2, 3), known(small(1, 16, 3)), known(small(1, 16, 4))], { hidden_size: 4 }, 14, 3),
  a(
    'LSTM',
    [
      numbers(4, 2, 3),
      ...[small(2, 16, 3), small(2, 16, 4), numbers(2, 32)].map(known),
      undefined,
      numbers(2, 2, 4),
      small(2, 2, 4),
    ],
    { hidden_size: 4, direction: 'bidirectional' },
    7,
    3,
  ),
  a(
    'LSTM',
    [numbers(5, 1, 3), known(small(1, 16, 3)), known(small(1, 16, 4))],
    { hidden_size: 4, direction: 'reverse' },
    14,
  ),
  a('GRU', [numbers(5, 2, 3), known(small(1, 12, 3)), known(small(1, 12, 4))], { hidden_size: 4 }, 14, 2),
  a(
    'GRU',
    [numbers(4, 2, 3), ...[small(2, 12, 3), small(2, 12, 4), numbers(2, 24)].map(known)],
    { hidden_size: 4, direction: 'bidirectional', linear_before_reset: 1 },
    7,
    2,
  ),
  a('RNN', [numbers(4, 2, 3), known(small(1, 5, 3)), known(small(1, 5, 5))], { hidden_size: 5 }, 14, 2),
  a('Split', [numbers(2, 7)], { axis: 1, num_outputs: 3 }, 18, 3),
  a('Pad', [numbers(2, 3)], { pads: [0, 1, 0, 2], value: float(0.5) }, 9),
  a('Pad', [numbers(2, 3), known(list(0, 1, 0, 2)), known(one(0.5))]),
  a('Pad', [numbers(1, 1, 4, 4), known(list(0, 0, 1, 2, 0, 0, 2, 1))], { mode: 'reflect' }),
  a('Pad', [numbers(2, 3), known(list(0, 1, 0, 2))], { mode: 'edge' }),
  a('Pad', [numbers(3, 4), known(list(2, 3, 1, 2))], { mode: 'reflect' }),
  a('Pad', [numbers(3, 4), known(list(2, 3, 1, 2))], { mode: 'wrap' }, 19),
  a('Pad', [numbers(3, 4), known(list(1, -1, 0, 2)), one(0.5)]),
  a('Pad', [numbers(2, 3), known(list(1, 2)), undefined, known(list(-1))], {}, 18),
  a('DepthToSpace', [numbers(1, 8, 2, 2)], { blocksize: 2 }),
  a('DepthToSpace', [numbers(1, 8, 2, 2)], { blocksize: 2, mode: 'CRD' }),
  a('SpaceToDepth', [numbers(1, 2, 4, 4)], { blocksize: 2 }),
  a('Gather', [numbers(4, 3), known(int64([2, 2], [3, 0, -1, 1]))], { axis: 0 }),
  a('Gather', [numbers(4, 3), known(int64([], [2]))], { axis: 1 }),
  a('GatherElements', [numbers(3, 3), known(int64([2, 3], [0, 2, 1, 1, 0, 2]))], { axis: 0 }),
  a('GatherND', [numbers(2, 3, 4), known(int64([2, 2], [0, 1, 1, 2]))]),
  a('GatherND', [numbers(2, 3, 4), known(int64([2, 1], [2, 2]))], { batch_dims: 1 }, 13),
  a('OneHot', [known(int64([3], [1, 0, 2])), known(list(4)), known(floats(0, 1))], { axis: -1 }),
  a('TopK', [numbers(2, 6), known(list(3))], { axis: 1 }, 11, 2),
  a('TopK', [numbers(2, 6)], { axis: 1, k: 2 }, 9, 2),
  a('Shape', [numbers(2, 6)]),
  a('Shape', [numbers(2, 6, 4)], { start: 1, end: -1 }),
  a('Size', [numbers(2, 6)]),
  a('Cast', [numbers(2, 5)], { to: 11 }),
  a('Cast', [numbers(2, 5)], { to: 7 }),
  a('Cast', [booleans(2, 5)], { to: 1 }),
  a('CastLike', [booleans(2, 5), numbers(1)], {}, 15),
  a('Clip', [numbers(2, 5)], { min: float(-0.5), max: float(0.7) }, 9),
  a('Clip', [numbers(2, 5), known(one(-0.5)), known(one(0.7))]),
  a('Clip', [numbers(2, 5), undefined, known(one(0.7))]),
  a('Clip', [numbers(2, 5), one(-0.5), one(0.7)]),
  a('Clip', [numbers(2, 5), one(0.7), one(-0.5)]),
  a('Upsample', [picture, known(floats(1, 1, 2, 2))], { mode: 'nearest' }, 9),
  a('Upsample', [picture, known(floats(1, 1, 2, 2))], { mode: 'linear' }, 9),
  a('Resize', [picture, known(floats(1, 1, 2, 2))], { mode: 'nearest' }, 10),
  a('Resize', [picture, known(floats(1, 1, 0.7, 0.4))], { mode: 'nearest' }, 10),
  a('Resize', [picture, known(floats(1, 1, 0.7, 1.6))], { mode: 'nearest' }, 10),
  a('Resize', [picture, known(floats(1, 1, 0.7, 1.6))], { mode: 'linear' }, 10),
  ...['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'].flatMap(coordinates =>
    ['nearest', 'linear', 'cubic'].flatMap(mode =>
      [
        [1, 1, 0.7, 1.3],
        [1, 1, 1.5, 0.45],
      ].map(scales =>
        a(
          'Resize',
          [picture, undefined, known(floats(...scales))],
          { mode, coordinate_transformation_mode: coordinates },
          13,
        ),
      ),
    ),
  ),
  ...['floor', 'ceil', 'round_prefer_ceil', 'round_prefer_floor'].map(nearest_mode =>
    a('Resize', [picture, undefined, known(floats(1, 1, 0.7, 1.3))], { nearest_mode }, 13),
  ),
  ...['linear', 'cubic'].flatMap(mode => [
    a('Resize', [picture, undefined, known(floats(1, 1, 0.6, 0.7))], { mode, antialias: 1 }, 18),
    a('Resize', [picture, undefined, undefined, known(list(2, 4, 4, 9))], { mode, antialias: 1 }, 18),
    a(
      'Resize',
      [picture, known(floats(0.2, -0.1, 0.7, 1.2)), undefined, known(list(5, 4))],
      {
        ...{ mode, coordinate_transformation_mode: 'tf_crop_and_resize', axes: [2, 3] },
        extrapolation_value: float(3),
      },
      18,
    ),
  ]),
  a(
    'Resize',
    [picture, undefined, known(floats(1, 1, 0.7, 1.6))],
    { mode: 'cubic', exclude_outside: 1, cubic_coeff_a: float(-0.5) },
    13,
  ),
  a(
    'Resize',
    [picture, undefined, known(floats(1, 1, 0.7, 1.6))],
    { mode: 'linear', coordinate_transformation_mode: 'half_pixel_symmetric' },
    19,
  ),
  a(
    'Resize',
    [numbers(1, 2, 3, 4, 5), undefined, known(floats(1, 1, 1.5, 0.8, 1.7))],
    { mode: 'linear' },
    13,
  ),
  a(
    'Resize',
    [picture, undefined, undefined, known(list(9, 8))],
    { mode: 'linear', axes: [3, 2], keep_aspect_ratio_policy: 'not_larger' },
    18,
  ),
  a(
    'Resize',
    [picture, undefined, known(floats(1, 1, 1.5, 2))],
    { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
    13,
  ),
  a(
    'Resize',
    [picture, undefined, undefined, known(list(2, 4, 9, 3))],
    { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
    13,
  ),
  a(
    'Resize',
    [picture, undefined, undefined, known(list(2, 4, 9, 12))],
    { mode: 'cubic', coordinate_transformation_mode: 'pytorch_half_pixel', cubic_coeff_a: float(-0.75) },
    13,
  ),
  a(
    'Resize',
    [picture, undefined, known(floats(2, 0.5))],
    { mode: 'nearest', axes: [2, 3], coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    18,
  ),

  // What exporters compute from shapes, with every operand known.
  a('Flatten', [known(int64([1, 2, 2], [1, 2, 3, 4]))], { axis: 1 }),
  a('Identity', [known(list(2, 3))]),
  a('Reshape', [known(list(2, 3, 4, 5)), known(list(2, 2))]),
  a('Squeeze', [known(int64([1, 2], [2, 3])), known(list(0))]),
  a('Unsqueeze', [known(list(2, 3)), known(list(0))]),
  a('ConstantOfShape', [known(list(2, 3))], { value: floats(0.5) }),
  a('Range', [known(int64([], [2])), known(int64([], [11])), known(int64([], [3]))]),
  ...each('Add Sub Mul Div Max Min Mod', [known(list(7, -7, 3)), known(list(2, 2, -2))]),
  ...each('Add Sub Mul Div Pow Max Min', [known(one(7.5)), known(one(2.25))]),
  ...each('Equal Greater GreaterOrEqual Less LessOrEqual', [known(list(1, 2, 3)), known(list(2))]),
  ...each('And Or', [known(booleans(2, 3)), known(booleans(3))]),
  ...each('Neg Abs Sqrt Floor Ceil Reciprocal Sign', [known(one(2.3))]),
  ...each('Neg Abs Sign', [known(list(-2, 0, 3))]),
  ...each('ReduceProd ReduceMin ReduceMax', [known(list(2, 3, 4))]),
  a('ReduceSum', [known(list(2, 3, 4))], { keepdims: 0 }, 11),
  a('Not', [known(booleans(4))]),
  a('Where', [known(booleans(3)), known(list(1, 2, 3)), known(list(4, 5, 6))]),
  a('Cast', [known(one(-1.7))], { to: 7 }),
  a('Cast', [known(list(1, 0, 3))], { to: 9 }),
  a('Concat', [known(int64([2, 1], [1, 2])), known(int64([2, 2], [3, 4, 5, 6]))], { axis: 1 }),
  a('Gather', [known(int64([2, 3], [1, 2, 3, 4, 5, 6])), known(list(-1, 0))], { axis: 1 }),
  a('Slice', [known(list(1, 2, 3, 4)), known(list(3)), known(list(0)), known(list(0)), known(list(-1))]),
  a('Transpose', [known(int64([2, 3], [1, 2, 3, 4, 5, 6]))]),
  a('Expand', [known(int64([2, 1], [1, 2])), known(list(2, 3))]),
]

export const isKnown = (input: Tensor | Known | undefined): input is Known =>
  input !== undefined && 'known' in input
export const named = (index: number) => `y${index}`

/** The model of a case, as a file in its own version of the standard. */
export function fileOf({ op, inputs, attributes, opset, outputs }: Case): Uint8Array {
  const graph = new Graph()
  const values = inputs.map((input, index) => {
    if (!input) return undefined
    return isKnown(input) ? graph.constant(input.known) : graph.input(`x${index}`, input.shape, input.dtype)
  })
  const made = graph.node(
    op,
    values,
    Array.from({ length: outputs }, () => ({ shape: [] })),
    { attributes },
  )
  const model = fromBinary(
    ModelProtoSchema,
    encodeModel({ graph, outputs: Object.fromEntries(made.map((value, index) => [named(index), value])) }),
  )
  model.opsetImport[0].version = BigInt(opset)
  // Shapes and types of what comes out are the engine's to find.
  for (const output of model.graph!.output) output.type = create(TypeProtoSchema)
  return toBinary(ModelProtoSchema, model)
}

export const feedsOf = ({ inputs }: Case): Record<string, Tensor> =>
  Object.fromEntries(
    inputs.flatMap((input, index) => (input && !isKnown(input) ? [[`x${index}`, input] as const] : [])),
  )

export const words = ({ op, opset, attributes, inputs }: Case) =>
  `${op} of version ${opset}, ${inputs.map(input => (!input ? '-' : isKnown(input) ? `known [${input.known.shape}]` : `[${input.shape}]`)).join(' ')} ${JSON.stringify(attributes)}`
