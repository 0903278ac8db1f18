/**
 * What each ONNX operator of an imported model becomes in the graph language: one line per operator, which works out
 * shapes and puts older versions of the operator (from version 9 of the standard set on) into today's form.
 *
 * Operators that only move or count elements by numbers known beforehand (Reshape, Shape, Range) need those numbers as
 * constants. Where they are not, or where an operator is not in the table, the importer falls back on shapes that a
 * probing run has seen.
 */
import { elementsOf, type Value } from '../../graph.ts'
import { where } from '../../ops/elementwise.ts'
import { concat, gather, transpose } from '../../ops/layout.ts'
import { gemm } from '../../ops/linear.ts'
import { averagePool, globalAveragePool, globalMaxPool } from '../../ops/pooling.ts'
import { floatAttribute, integerAttribute, integersAttribute } from '../../ops/rule.ts'
import { int64 } from '../../tensor.ts'
import {
  argument,
  batchNormalisation,
  bounds,
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
  unary,
  variadic,
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
import { asIs, type Operator } from './operation.ts'
import {
  dequantisation,
  dynamicQuantisation,
  integerConvolution,
  integerProduct,
  quantisation,
  quantisedConvolution,
  quantisedProduct,
} from './quantised.ts'
import { attention, rmsNorm, rotaryEmbedding } from './transformer.ts'
import { convolution, maxPooling, pooling, resizing, transposedConvolution } from './windows.ts'

const same = (names: string, operator: Operator): Record<string, Operator> =>
  Object.fromEntries(names.split(' ').map(name => [name, operator]))

export const operators: Readonly<Record<string, Operator>> = {
  ...same(
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh CumSum Elu Erf Exp Floor Gelu HardSigmoid HardSwish ' +
      'LRN LeakyRelu Log LpNormalization MeanVarianceNormalization Mish Neg Not PRelu Reciprocal ' +
      'Relu Round ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ' +
      'ThresholdedRelu Trilu InstanceNormalization',
    unary,
  ),
  ...same('Add Sub Mul Div Pow Mod Max Min Sum Mean', variadic()),
  ...same('And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual', variadic('bool')),
  ...same(
    'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare',
    reduction,
  ),
  ...same('ArgMax ArgMin', argument),
  ...same('Softmax LogSoftmax Hardmax', softmax),
  ...same('Resize Upsample', resizing),
  Attention: attention,
  AveragePool: pooling(averagePool),
  BatchNormalization: batchNormalisation,
  Cast: casting,
  CastLike: castingLike,
  Clip: bounds,
  Concat: operation => concat(operation.inputs as readonly Value[], integerAttribute(operation, 'axis', 1)),
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
    const [x, indices] = operation.inputs as readonly Value[]
    return gather(x, indices, integerAttribute(operation, 'axis', 0))
  },
  GatherElements: operation => asIs(operation, operation.inputs[1]!.shape),
  GatherND: gatherN,
  Gemm: operation => {
    const [a, b, c] = operation.inputs as readonly Value[]
    return gemm(a, b, c, {
      transA: integerAttribute(operation, 'transA', 0) === 1,
      transB: integerAttribute(operation, 'transB', 0) === 1,
      alpha: floatAttribute(operation, 'alpha', 1),
      beta: floatAttribute(operation, 'beta', 1),
    })
  },
  GlobalAveragePool: ({ inputs: [x] }) => globalAveragePool(x!),
  GlobalMaxPool: ({ inputs: [x] }) => globalMaxPool(x!),
  GroupNormalization: groupNorm,
  Identity: ({ inputs: [x] }) => x,
  LayerNormalization: layerNorm,
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
  Shape: ({ graph, inputs: [x], attributes }) => {
    const rank = x!.shape.length
    const start = integerAttribute({ attributes }, 'start', 0)
    const part = x!.shape.slice(start, integerAttribute({ attributes }, 'end', rank))
    return graph.constant(int64([part.length], part))
  },
  Size: ({ graph, inputs: [x] }) => graph.constant(elementsOf(x!), 'int64'),
  Slice: slicing,
  SpaceToDepth: toDepth,
  Split: splitting,
  Squeeze: squeezing,
  Swish: swish,
  Tile: tiling,
  TopK: largest,
  Transpose: operation => transpose(operation.inputs[0]!, integersAttribute(operation, 'perm')),
  Unsqueeze: unsqueezing,
  Where: ({ inputs: [condition, a, b] }) => where(condition!, a!, b!),
}
