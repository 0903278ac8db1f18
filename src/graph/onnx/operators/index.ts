/**
 * What each ONNX operator of an imported model becomes in the graph language: one line per operator, which works out
 * shapes and puts older versions of the operator (from version 9 of the standard set on) into today's form.
 *
 * Operators that only move or count elements by numbers known beforehand (Reshape, Shape, Range) need those numbers as
 * constants. Where they are not, or where an operator is not in the table, the importer falls back on shapes that a
 * probing run has seen.
 */
import { elementsOf, operands } from '../../graph.ts'
import { where } from '../../ops/elementwise.ts'
import { concat, gather, transpose } from '../../ops/layout.ts'
import { gemm } from '../../ops/linear.ts'
import { averagePool, globalAveragePool, globalMaxPool, lpPool } from '../../ops/pooling.ts'
import { floatAttribute, integerAttribute, integersAttribute } from '../../ops/rule.ts'
import { int64 } from '../../tensor.ts'
import {
  argument,
  batchNormalisation,
  bounds,
  broadcasting,
  casting,
  castingLike,
  dropout,
  einsum,
  groupNorm,
  largest,
  layerNorm,
  product,
  reduction,
  softmax,
  swish,
} from './arithmetic.ts'
import {
  expansion,
  flattening,
  gatherN,
  oneHotOf,
  padding,
  reshaping,
  slicing,
  splitting,
  squeezing,
  tiling,
  toDepth,
  toSpace,
  unsqueezing,
} from './layout.ts'
import { asIs, likeFirst, type Operator } from './operation.ts'
import {
  dequantisation,
  dynamicQuantisation,
  integerConvolution,
  integerProduct,
  quantisation,
  quantisedConvolution,
  quantisedProduct,
} from './quantised.ts'
import { recurrent } from './recurrent.ts'
import { attention, rmsNorm, rotaryEmbedding } from './transformer.ts'
import { convolution, maxPooling, pooling, resizing, transposedConvolution } from './windows.ts'

const same = (names: string, operator: Operator): Record<string, Operator> =>
  Object.fromEntries(names.split(' ').map(name => [name, operator]))

export const operators: Readonly<Record<string, Operator>> = {
  ...same(
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish ' +
      'LRN LeakyRelu Log LpNormalization MeanVarianceNormalization Mish Neg Not Reciprocal ' +
      'Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ' +
      'ThresholdedRelu Trilu',
    likeFirst(1),
  ),
  ...same('CumSum PRelu', likeFirst(2)),
  ...same('InstanceNormalization ScatterElements ScatterND', likeFirst(3)),
  ...same('Max Min Sum Mean', broadcasting()),
  ...same('Add Sub Mul Div Pow Mod', broadcasting({ count: 2 })),
  ...same(
    'And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual',
    broadcasting({ count: 2, dtype: 'bool' }),
  ),
  ...same(
    'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare',
    reduction,
  ),
  ...same('ArgMax ArgMin', argument),
  ...same('Softmax LogSoftmax Hardmax', softmax),
  ...same('GRU LSTM RNN', recurrent),
  ...same('Resize Upsample', resizing),
  Attention: attention,
  AveragePool: pooling(averagePool),
  BatchNormalization: batchNormalisation,
  Cast: casting,
  CastLike: castingLike,
  Clip: bounds,
  Concat: operation => concat(operands(operation), integerAttribute(operation, 'axis', 1)),
  Conv: convolution,
  ConvInteger: integerConvolution,
  ConvTranspose: transposedConvolution,
  DepthToSpace: toSpace,
  DequantizeLinear: dequantisation,
  Dropout: dropout,
  DynamicQuantizeLinear: dynamicQuantisation,
  Einsum: einsum,
  Expand: expansion,
  Flatten: flattening,
  Gather: operation => {
    const [x, indices] = operands(operation, 2)
    return gather(x, indices, integerAttribute(operation, 'axis', 0))
  },
  GatherElements: operation => asIs(operation, operands(operation, 2)[1].shape),
  GatherND: gatherN,
  Gemm: operation => {
    const [a, b] = operands(operation, 2)
    return gemm(a, b, operation.inputs[2], {
      transA: integerAttribute(operation, 'transA', 0) === 1,
      transB: integerAttribute(operation, 'transB', 0) === 1,
      alpha: floatAttribute(operation, 'alpha', 1),
      beta: floatAttribute(operation, 'beta', 1),
    })
  },
  GlobalAveragePool: operation => globalAveragePool(...operands(operation, 1)),
  GlobalLpPool: operation => {
    const [{ shape }] = operands(operation, 1)
    return asIs(
      operation,
      shape.map((extent, axis) => (axis < 2 ? extent : 1)),
    )
  },
  GlobalMaxPool: operation => globalMaxPool(...operands(operation, 1)),
  GridSample: operation => {
    const [x, grid] = operands(operation, 2)
    return asIs(operation, [...x.shape.slice(0, 2), ...grid.shape.slice(1, -1)])
  },
  GroupNormalization: groupNorm,
  Identity: operation => operands(operation, 1),
  LayerNormalization: layerNorm,
  LpPool: operation => {
    const p = integerAttribute(operation, 'p', 2)
    return pooling((x, options) => lpPool(x, { ...options, p }))(operation)
  },
  MatMul: product,
  MatMulInteger: integerProduct,
  MaxPool: maxPooling,
  OneHot: oneHotOf,
  Pad: padding,
  QLinearConv: quantisedConvolution,
  QLinearMatMul: quantisedProduct,
  QuantizeLinear: quantisation,
  RMSNormalization: rmsNorm,
  Reshape: reshaping,
  RotaryEmbedding: rotaryEmbedding,
  Shape: operation => {
    const [{ graph, shape }] = operands(operation, 1)
    const start = integerAttribute(operation, 'start', 0)
    const part = shape.slice(start, integerAttribute(operation, 'end', shape.length))
    return graph.constant(int64([part.length], part))
  },
  Size: operation => operation.graph.constant(elementsOf(...operands(operation, 1)), 'int64'),
  Slice: slicing,
  SpaceToDepth: toDepth,
  Split: splitting,
  Squeeze: squeezing,
  Swish: swish,
  Tile: tiling,
  TopK: largest,
  Transpose: operation => transpose(operands(operation, 1)[0], integersAttribute(operation, 'perm')),
  Unsqueeze: unsqueezing,
  Where: operation => where(...operands(operation, 3)),
}
