/**
 * How many operands the operators of the table take at most, by the standard: of all its versions, the largest number.
 * What an operator needs at least it asks for itself, with `operands` of `graph.ts`.
 */
import { operatorError } from '../../graph.ts'
import type { Operation } from './operation.ts'

const each = (count: number, names: string): [name: string, count: number][] =>
  names.split(' ').map(name => [name, count])

/** Operators that are not here take any number. */
const most = new Map([
  ...each(
    1,
    'Abs Acos Acosh ArgMax ArgMin Asin Asinh Atan Atanh AveragePool Cast Ceil Celu Cos Cosh DepthToSpace',
  ),
  ...each(
    1,
    'DynamicQuantizeLinear Elu Erf Exp Flatten Floor Gelu GlobalAveragePool GlobalMaxPool HardSigmoid',
  ),
  ...each(
    1,
    'HardSwish Hardmax Identity LRN LeakyRelu Log LogSoftmax LpNormalization MaxPool Mish Neg Not Round',
  ),
  ...each(
    1,
    'MeanVarianceNormalization Reciprocal Relu Selu Shape Shrink Sigmoid Sign Sin Sinh Size Softmax Sqrt',
  ),
  ...each(1, 'Softplus Softsign SpaceToDepth Swish Tan Tanh ThresholdedRelu Transpose'),
  ...each(
    2,
    'Add And CastLike CumSum Div Equal Expand Gather GatherElements GatherND Greater GreaterOrEqual Less',
  ),
  ...each(
    2,
    'LessOrEqual MatMul Mod Mul Or PRelu Pow RMSNormalization ReduceL1 ReduceL2 ReduceLogSum ReduceMax',
  ),
  ...each(
    2,
    'ReduceLogSumExp ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Reshape Split Squeeze Sub',
  ),
  ...each(2, 'TopK Trilu Unsqueeze Upsample Xor'),
  ...each(
    3,
    'Clip Conv ConvTranspose DequantizeLinear Dropout Gemm GroupNormalization InstanceNormalization Tile',
  ),
  ...each(3, 'LayerNormalization OneHot QuantizeLinear ScatterElements ScatterND Where'),
  ...each(4, 'ConvInteger MatMulInteger Pad Resize RotaryEmbedding'),
  ...each(5, 'BatchNormalization Slice'),
  ...each(7, 'Attention'),
  ...each(8, 'QLinearMatMul'),
  ...each(9, 'QLinearConv'),
])

/** @throws GlasshouseError 'operator-shape' where there are more operands than the operator takes */
export function refuseSurplus({ op, inputs }: Pick<Operation, 'op' | 'inputs'>): void {
  const taken = most.get(op) ?? inputs.length
  const given = inputs.findLastIndex(input => input !== undefined) + 1
  if (given > taken)
    throw operatorError(op, `it takes ${taken} operand${taken === 1 ? '' : 's'}, and not ${given}`, inputs)
}
